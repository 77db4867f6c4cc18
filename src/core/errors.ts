// Every error a user can meet, one class a kind, with the one table that maps a code to its HTTP
// status, exit code and title. A bad line of input is a value (a reject), never one of these.

interface ErrorKind {
  status: number;
  exit: ExitCode;
  title: string;
}

export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, notFound: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const KINDS = {
  bad_request: { status: 400, exit: EXIT.usage, title: 'The request is not valid' },
  invalid_parameter: { status: 400, exit: EXIT.usage, title: 'A parameter is not valid' },
  invalid_cursor: { status: 400, exit: EXIT.usage, title: 'The cursor is not valid' },
  unauthorized: { status: 401, exit: EXIT.failed, title: 'A token is needed' },
  forbidden: { status: 403, exit: EXIT.failed, title: 'The request is refused' },
  not_found: { status: 404, exit: EXIT.notFound, title: 'Nothing found' },
  method_not_allowed: { status: 405, exit: EXIT.usage, title: 'The method is not allowed here' },
  too_large: { status: 413, exit: EXIT.failed, title: 'The request is too large' },
  unsupported_media_type: { status: 415, exit: EXIT.failed, title: 'The media type is not supported' },
  unsupported: { status: 415, exit: EXIT.failed, title: 'The file is of no known kind' },
  query_stopped: { status: 422, exit: EXIT.failed, title: 'The query was stopped' },
  rate_limited: { status: 429, exit: EXIT.failed, title: 'Too many requests' },
  interrupted: { status: 503, exit: EXIT.failed, title: 'The daemon ended meanwhile' },
  internal: { status: 500, exit: EXIT.failed, title: 'Something went wrong inside' },
  unavailable: { status: 503, exit: EXIT.failed, title: 'Not available now' },
  usage: { status: 400, exit: EXIT.usage, title: 'Wrong usage' },
  config: { status: 500, exit: EXIT.usage, title: 'The configuration is not valid' },
  already_running: { status: 500, exit: EXIT.failed, title: 'The data directory is in use' },
  port_in_use: { status: 500, exit: EXIT.failed, title: 'The port is in use' },
  newer_database: { status: 500, exit: EXIT.failed, title: 'The index was written by a newer version' },
  unreachable: { status: 503, exit: EXIT.unreachable, title: 'The daemon cannot be reached' },
  archive: { status: 500, exit: EXIT.failed, title: 'The archive failed' },
  storage: { status: 500, exit: EXIT.failed, title: 'Storing failed' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof KINDS;

export interface ErrorOptions {
  /** What the user can do about it. */
  hint?: string;
  /** The query parameter that was wrong. */
  parameter?: string;
  /** Where in it, from 1. */
  position?: TextPosition;
  cause?: unknown;
}

export interface TextPosition {
  line: number;
  column: number;
}

/** An error with a stable code. `message` says what was wrong and where; `hint` what to do. */
export class LakeError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly parameter: string | undefined;
  readonly position: TextPosition | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LakeError';
    this.code = code;
    this.hint = options.hint;
    this.parameter = options.parameter;
    this.position = options.position;
  }

  get status(): number {
    return KINDS[this.code].status;
  }

  get exitCode(): ExitCode {
    return KINDS[this.code].exit;
  }

  get title(): string {
    return KINDS[this.code].title;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error (ENOENT, EACCES, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
