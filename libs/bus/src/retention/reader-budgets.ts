/** What a registered reader may keep the trim waiting for: so long without moving, or so many bytes of one stream. */
export type ReaderBudgets = Readonly<{ budgetMs: number; maxBacklogBytes: number }>;

/** Budget of the fleet's own readers by default: a service may be away for six hours, or 512 MiB of one partition's log. */
export const DEFAULT_READER_BUDGETS: ReaderBudgets = { budgetMs: 6 * 60 * 60_000, maxBacklogBytes: 512 * 1024 * 1024 };
