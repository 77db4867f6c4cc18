// Every call that a commit makes to the database and to the journal's file, made to fail: the Nth one,
// before or after it took effect, once or several times in a row.

import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { vi } from 'vitest';

export interface Fault {
  /** Which call fails first, from 1. */
  at: number;
  /** How many calls in a row. */
  times: number;
  /** The call has its effect, and then throws: an answer that was lost. */
  afterwards: boolean;
  /** What DuckDB says when nothing works until it is opened again. */
  fatal: boolean;
}

type Call = (this: unknown, ...args: never[]) => unknown;

export class Faults {
  /** Calls that failed since the last `arm`. */
  fired = 0;
  /** Calls made since the last `arm`. */
  calls = 0;
  private fault: Fault | null = null;

  static async ready(): Promise<Faults> {
    const file = await open(devNull);
    await file.close();
    return new Faults(Object.getPrototypeOf(file) as object);
  }

  private constructor(fileHandle: object) {
    for (const name of ['write', 'datasync'] as const) this.wrap(fileHandle, name, true);
    for (const name of ['run', 'runAndReadAll', 'stream'] as const) this.wrap(DuckDBConnection.prototype, name, true);
    for (const name of ['appendDataChunk', 'flushSync'] as const) this.wrap(DuckDBAppender.prototype, name, false);
  }

  arm(fault: Partial<Fault> & { at: number }): void {
    this.fault = { times: 1, afterwards: false, fatal: false, ...fault };
    this.calls = 0;
    this.fired = 0;
  }

  disarm(): void {
    this.fault = null;
  }

  restore(): void {
    vi.restoreAllMocks();
  }

  private wrap(target: object, name: string, isAsync: boolean): void {
    const original = (target as Record<string, Call>)[name] as Call;
    const next = (): Fault | null => this.next();
    vi.spyOn(target as Record<string, Call>, name).mockImplementation(function (this: unknown, ...args: never[]): unknown {
      const fault = next();
      if (fault === null) return original.apply(this, args);
      const error = new Error(fault.fatal ? 'FATAL Error: database has been invalidated (a test)' : 'IO Error: no space left (a test)');
      if (!isAsync) {
        if (fault.afterwards) original.apply(this, args);
        throw error;
      }
      return fault.afterwards ? Promise.resolve(original.apply(this, args)).then(() => Promise.reject(error)) : Promise.reject(error);
    });
  }

  private next(): Fault | null {
    const { fault } = this;
    if (fault === null) return null;
    this.calls += 1;
    if (this.calls < fault.at || this.fired >= fault.times) return null;
    this.fired += 1;
    return fault;
  }
}
