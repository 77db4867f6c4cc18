import { describe, expect, it } from 'vitest';
import { QueryTurns } from '../../src/index/sql/query-turns.ts';

/** Work that ends when it is told to. */
class Held {
  end!: (value: string) => void;
  fail!: (error: Error) => void;
  readonly begun: Promise<void>;
  private begin!: () => void;
  private readonly result: Promise<string>;

  constructor() {
    this.begun = new Promise((resolve) => (this.begin = resolve));
    this.result = new Promise((resolve, reject) => ([this.end, this.fail] = [resolve, reject]));
  }

  readonly work = (): Promise<string> => {
    this.begin();
    return this.result;
  };
}

const STAYS = new AbortController().signal;
const givenUp = (): Error => new Error('given up');

describe('turns', () => {
  it('come in the order in which they were asked for, a few at a time', async () => {
    const turns = new QueryTurns(2);
    const works = [new Held(), new Held(), new Held(), new Held()];
    const order: number[] = [];
    const results = works.map(({ work }, i) => turns.take(() => (order.push(i), work()), STAYS, givenUp));
    await Promise.all([works[0]?.begun, works[1]?.begun]);
    expect([order, turns.waiting]).toEqual([[0, 1], 2]);
    works[1]?.fail(new Error('broken'));
    await expect(results[1]).rejects.toThrow('broken');
    await works[2]?.begun;
    for (const [i, { end }] of works.entries()) end(`end of ${i}`);
    expect(await Promise.all([results[0], results[2], results[3]])).toEqual(['end of 0', 'end of 2', 'end of 3']);
    expect([order, turns.waiting, turns.isIdle]).toEqual([[0, 1, 2, 3], 0, true]);
  });

  it('are left at once by who gives up, and nothing is done for them', async () => {
    const turns = new QueryTurns(1);
    const [first, gone, last] = [new Held(), new Held(), new Held()];
    const leave = new AbortController();
    const one = turns.take(first.work, STAYS, givenUp);
    let isAsked = false;
    const two = turns.take(() => ((isAsked = true), gone.work()), leave.signal, givenUp);
    const three = turns.take(last.work, STAYS, givenUp);
    await first.begun;
    expect(turns.waiting).toBe(2);
    leave.abort();
    await expect(two).rejects.toThrow('given up');
    expect([turns.waiting, turns.isIdle]).toEqual([1, false]);
    first.end('a');
    expect(await one).toBe('a');
    await last.begun;
    last.end('b');
    expect(await three).toBe('b');
    expect([isAsked, turns.waiting, turns.isIdle]).toEqual([false, 0, true]);
    await expect(turns.take(gone.work, leave.signal, givenUp)).rejects.toThrow('given up');
  });

  it('are over before anybody hears of the end', async () => {
    const turns = new QueryTurns(1);
    const idle: boolean[] = [];
    await turns.take(async () => 'x', STAYS, givenUp).finally(() => idle.push(turns.isIdle));
    expect(idle).toEqual([true]);
  });
});
