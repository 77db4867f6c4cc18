// Long work of this thread in short turns, so that others get theirs between them. Synchronous calls cost a
// fifth of asynchronous ones where tens of thousands of small things are looked at.

import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one may hold the thread, where nothing else is said. */
const TURN_MS = 4;

export class Turns {
  private readonly ms: number;
  private before = 0;
  private begun = performance.now();

  constructor(ms = TURN_MS) {
    this.ms = ms;
  }

  get isOver(): boolean {
    return performance.now() >= this.begun + this.ms;
  }

  /** What they took of this thread so far, in milliseconds. */
  get spentMs(): number {
    return this.before + performance.now() - this.begun;
  }

  /** Lets others have the thread. */
  async next(): Promise<void> {
    this.before = this.spentMs;
    await nextTurn();
    this.begun = performance.now();
  }
}
