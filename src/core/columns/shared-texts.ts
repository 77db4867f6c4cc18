// Numbers for well-formed texts that many rows share.

export class SharedTexts {
  private readonly texts: string[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      // A copy: one that was cut from a larger text would hold all of it.
      const copy = Buffer.from(text).toString();
      number = this.texts.push(copy) - 1;
      this.numbers.set(copy, number);
    }
    return number;
  }

  /** `number`: one that was given out. */
  at(number: number): string {
    return this.texts[number] as string;
  }
}
