// Which question is being worked on, known to whatever works on it without being handed down: so that a
// statement can be named after the question, and heavy ones be kept to their share.

import { AsyncLocalStorage } from 'node:async_hooks';

export interface Operation {
  /** The operation's name in the OpenAPI document. */
  name: string;
  /** Takes so much that only a few of its kind may run at once. */
  heavy: boolean;
}

export class Operations {
  readonly #storage = new AsyncLocalStorage<Operation>();

  run<T>(operation: Operation, work: () => T): T {
    return this.#storage.run(operation, work);
  }

  /** Null outside of any. */
  current(): Operation | null {
    return this.#storage.getStore() ?? null;
  }
}
