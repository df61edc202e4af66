/** What a member says of itself. */
export type MemberDescription = Readonly<{ pid: number; url: string }>;
