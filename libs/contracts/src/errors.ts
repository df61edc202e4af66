/** One row of the table of error codes: the HTTP status at the edge, and whether trying the same again can help. */
export type ErrorRow = Readonly<{ status: number; retriable: boolean; title: string }>;

/** Every code that the service can answer or log. A new failure gets a row here, never a class of its own. */
export const errorTable = {
  // 400: the request cannot be read
  query_invalid: { status: 400, retriable: false, title: 'A query parameter is not valid' },
  path_invalid: { status: 400, retriable: false, title: 'A path parameter is not valid' },
  cursor_invalid: { status: 400, retriable: false, title: 'The cursor does not belong to this query' },
  json_invalid: { status: 400, retriable: false, title: 'The body is not JSON' },
  header_invalid: { status: 400, retriable: false, title: 'A header is not valid' },
  instrument_invalid: { status: 400, retriable: false, title: 'The instrument is not VENUE:SYMBOL' },
  interval_invalid: { status: 400, retriable: false, title: 'The interval is not a number and one of s m h d w M' },
  expression_invalid: { status: 400, retriable: false, title: 'The indicator expression is not valid' },
  topic_invalid: { status: 400, retriable: false, title: 'The topic is not valid' },
  message_invalid: { status: 400, retriable: false, title: 'The message is not valid' },
  // 401, 403
  token_missing: { status: 401, retriable: false, title: 'A token is required' },
  token_invalid: { status: 401, retriable: false, title: 'The token is not valid' },
  token_expired: { status: 401, retriable: false, title: 'The token has expired' },
  token_revoked: { status: 401, retriable: false, title: 'The token was revoked' },
  role_missing: { status: 403, retriable: false, title: 'The role is missing' },
  entitlement_missing: { status: 403, retriable: false, title: 'The entitlement is missing' },
  // 404 to 431
  not_found: { status: 404, retriable: false, title: 'There is no such resource' },
  instrument_unknown: { status: 404, retriable: false, title: 'The instrument is not known' },
  indicator_unknown: { status: 404, retriable: false, title: 'The indicator is not in the catalogue' },
  script_unknown: { status: 404, retriable: false, title: 'The script is not known' },
  method_not_allowed: { status: 405, retriable: false, title: 'The method is not allowed here' },
  not_acceptable: { status: 406, retriable: false, title: 'No offered format is acceptable' },
  job_not_failed: { status: 409, retriable: false, title: 'Only a failed job can be replayed' },
  letter_in_log: { status: 409, retriable: false, title: 'The record of the dead letter stands in the log already' },
  letter_replayed: { status: 409, retriable: false, title: 'The dead letter was replayed already' },
  feed_not_push: { status: 409, retriable: false, title: 'No push feed is running' },
  body_too_large: { status: 413, retriable: false, title: 'The body is too large' },
  media_type_unsupported: { status: 415, retriable: false, title: 'The media type is not supported' },
  body_invalid: { status: 422, retriable: false, title: 'The body does not fit its schema' },
  script_rejected: { status: 422, retriable: false, title: 'The script was rejected' },
  letter_not_replayable: { status: 422, retriable: false, title: 'The inbox does not accept the record of the dead letter' },
  headers_too_large: { status: 431, retriable: false, title: 'The headers are too large' },
  rate_limited: { status: 429, retriable: true, title: 'Too many requests' },
  // 503: the request is fine and the service is not
  unavailable: { status: 503, retriable: true, title: 'The service cannot answer now' },
  deadline_exceeded: { status: 503, retriable: true, title: 'A dependency did not answer in time' },
  circuit_open: { status: 503, retriable: true, title: 'A dependency is failing and not being called' },
  overloaded: { status: 503, retriable: true, title: 'The service is shedding load' },
  // Not for the edge: these end in a log, a dead letter or an exit code
  argument_invalid: { status: 422, retriable: false, title: 'An argument is out of its bounds' },
  setting_invalid: { status: 503, retriable: false, title: 'A setting is not valid' },
  setting_missing: { status: 503, retriable: false, title: 'A setting is missing' },
  schema: { status: 422, retriable: false, title: 'A record does not fit its schema' },
  time: { status: 422, retriable: false, title: 'The time of a record is not valid' },
  instrument: { status: 422, retriable: false, title: 'The instrument of a record is not valid' },
  price: { status: 422, retriable: false, title: 'A price of a record is not valid' },
  size: { status: 422, retriable: false, title: 'The size of a record is not valid' },
  future: { status: 422, retriable: false, title: 'A record is stamped in the future' },
  record_deadly: { status: 422, retriable: false, title: 'A record ends every process that folds it' },
  late: { status: 422, retriable: false, title: 'A record is later than its feed allows' },
  entry_corrupt: { status: 503, retriable: false, title: 'A stream entry cannot be decoded' },
  fenced: { status: 503, retriable: false, title: 'The partition belongs to another owner' },
  cursor_moved: { status: 503, retriable: true, title: 'The committed position is not the expected one' },
  commit_refused: { status: 503, retriable: false, title: 'A commit failed its checks and wrote nothing' },
  gap: { status: 503, retriable: true, title: 'Entries are missing from a topic' },
  rollback: { status: 503, retriable: true, title: 'A topic is behind a position already read' },
  snapshot_incompatible: { status: 503, retriable: false, title: 'A snapshot does not fit this version' },
  redis_failed: { status: 503, retriable: true, title: 'Redis did not do what was asked' },
  postgres_failed: { status: 503, retriable: true, title: 'Postgres did not do what was asked' },
  statement_refused: { status: 503, retriable: false, title: 'Postgres refused a statement' },
  object_store_failed: { status: 503, retriable: true, title: 'The object store did not do what was asked' },
  object_missing: { status: 503, retriable: false, title: 'An object is not in the store' },
  config_failed: { status: 503, retriable: true, title: 'The config service did not answer' },
  backend_failed: { status: 503, retriable: false, title: 'A backend could not be started' },
  port_in_use: { status: 503, retriable: false, title: 'The port is in use' },
  sandbox_failed: { status: 503, retriable: false, title: 'A script process failed' },
  already_past: { status: 422, retriable: false, title: 'The market is already past that time' },
  job_lost: { status: 503, retriable: true, title: 'The worker of a job ended without an answer' },
  job_failed: { status: 503, retriable: true, title: 'A job failed' },
  exhausted: { status: 503, retriable: true, title: 'A process has used up its budget' },
  usage: { status: 422, retriable: false, title: 'The command line is not valid' },
} as const satisfies Record<string, ErrorRow>;

/** A code of the table. */
export type ErrorCode = keyof typeof errorTable;

/** One problem inside a request: where (a JSON pointer or parameter name), at which character, and what. */
export type ErrorDetail = Readonly<{ pointer: string; detail: string; offset?: number }>;

/** The one error that our code throws. Its message names the value and the bound; `cause` carries what was caught. */
export class SignalError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly ErrorDetail[];

  constructor(code: ErrorCode, message: string, options: Readonly<{ cause?: unknown; errors?: readonly ErrorDetail[] }> = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SignalError';
    this.code = code;
    this.errors = options.errors ?? [];
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get retriable(): boolean {
    return errorTable[this.code].retriable;
  }
}

/** Tells whether a caught value is a SignalError, with one of `codes` if any are given. */
export function isSignalError(error: unknown, ...codes: readonly ErrorCode[]): error is SignalError {
  return error instanceof SignalError && (codes.length === 0 || codes.includes(error.code));
}
