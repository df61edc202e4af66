import { type DeadLetterBody, type ErrorCode, isSignalError, type SignalError } from '@signal/contracts';
import type { GatewayClient } from './gateway-client.ts';

/** What a command says: lines for people, and the object that stands for all of them. */
export type Said = Readonly<{ lines: readonly string[]; closing: string; object: unknown; isFailure: boolean }>;

/** Which letters to list. */
export type ListFilter = Readonly<Record<'service' | 'topic' | 'code' | 'limit' | 'cursor', string>>;

type ListBody = Readonly<{ data: readonly DeadLetterBody[]; page: Readonly<{ nextCursor: string | null; hasMore: boolean }> }>;
type Refused = Readonly<{ id: string; code: ErrorCode; detail: string }>;

const PATH = '/api/v2/admin/dead-letters';
const MAX_ERROR_CHARACTERS = 100;

const pathOf = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;

const lineOf = ({ id, ts, service, topic, entryId, index, code, error, replayed }: DeadLetterBody): string => {
  const record = index < 0 ? entryId : `${entryId}[${index}]`;
  const said = error.replaceAll(/\s+/g, ' ').slice(0, MAX_ERROR_CHARACTERS);
  return [id, ts, service, `${topic} ${record}`, code, replayed === null ? said : `replayed ${replayed.ts} by ${replayed.by}`].join('  ');
};

/** Lists letters, newest first. */
export async function listLetters(client: GatewayClient, filter: ListFilter): Promise<Said> {
  const given = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''));
  const body = (await client.call('GET', `${PATH}?${given.toString()}`)) as ListBody;
  const more = body.page.nextCursor === null ? '' : `, more with --cursor ${body.page.nextCursor}`;
  return { lines: body.data.map(lineOf), closing: `${body.data.length} dead letters${more}`, object: body, isFailure: false };
}

/** Shows all of one letter. */
export async function showLetter(client: GatewayClient, id: string): Promise<Said> {
  const letter = (await client.call('GET', pathOf(id))) as DeadLetterBody;
  return { lines: [JSON.stringify(letter, undefined, 2)], closing: lineOf(letter), object: letter, isFailure: false };
}

/** Replays letters one by one; one that is refused does not stop the others. */
export function replayLetters(client: GatewayClient, ids: readonly string[]): Promise<Said> {
  return forEach(ids, 'replayed', async (id) => {
    const { replayed } = (await client.call('POST', `${pathOf(id)}/replay`)) as DeadLetterBody;
    return `${id} replayed as ${replayed?.inboxId} of the inbox`;
  });
}

/** Discards letters one by one; one that is not there does not stop the others. */
export function discardLetters(client: GatewayClient, ids: readonly string[]): Promise<Said> {
  return forEach(ids, 'discarded', async (id) => {
    await client.call('DELETE', pathOf(id));
    return `${id} discarded`;
  });
}

async function forEach(ids: readonly string[], done: string, work: (id: string) => Promise<string>): Promise<Said> {
  const lines: string[] = [];
  const finished: string[] = [];
  const refused: Refused[] = [];
  for (const id of ids) {
    try {
      lines.push(await work(id));
      finished.push(id);
    } catch (error) {
      if (!isAboutOne(error)) throw error;
      lines.push(`${id} refused: ${error.message}`);
      refused.push({ id, code: error.code, detail: error.message });
    }
  }
  const closing = `${finished.length} ${done}, ${refused.length} refused`;
  return { lines, closing, object: { [done]: finished, refused }, isFailure: refused.length > 0 };
}

/** Who is not let in, or reaches nobody, is not for one letter but for all. */
function isAboutOne(error: unknown): error is SignalError {
  return isSignalError(error) && [404, 409, 422].includes(error.status);
}
