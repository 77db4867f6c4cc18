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
  #open = 0;

  /** Until the function it returns is called, operations are known. More than one may be open; the last to be closed ends all. */
  open(): () => void {
    this.#open += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.#close();
      isOpen = false;
    };
  }

  run<T>(operation: Operation, work: () => T): T {
    return this.#storage.run(operation, work);
  }

  /** Null outside of any. */
  current(): Operation | null {
    return this.#storage.getStore() ?? null;
  }

  /** The storage makes each promise of the process dearer, also those of who reads and sends lines while nobody asks. */
  #close(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#storage.disable();
  }
}
