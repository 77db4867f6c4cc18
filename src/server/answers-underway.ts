// Answers that are being made, by what is asked: who asks the same meanwhile waits for that one. After a
// commit, or when the cache was cleared, all who watch the same ask at once.

interface Making<T> {
  answer: Promise<T | undefined>;
  end: (answer: T | undefined) => void;
}

export class AnswersUnderway<T> {
  readonly #making = new Map<string, Making<T>>();

  /** Undefined where nobody is at it, and in the end where nothing came of it: then all who waited make it themselves. */
  of(question: string): Promise<T | undefined> | undefined {
    return this.#making.get(question)?.answer;
  }

  /** Must be ended, however it goes. Where one is underway already, that one is waited for. */
  begin(question: string): void {
    if (this.#making.has(question)) return;
    let end: Making<T>['end'] = () => undefined;
    const answer = new Promise<T | undefined>((resolve) => (end = resolve));
    this.#making.set(question, { answer, end });
  }

  /** Nothing where it has ended. */
  end(question: string, answer?: T): void {
    this.#making.get(question)?.end(answer);
    this.#making.delete(question);
  }
}
