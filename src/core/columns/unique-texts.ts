// Numbers for well-formed texts, most of which few rows have: each lies once, as bytes.

import { RowIndex, rowHash } from './row-index.ts';
import { TextRows } from './text-rows.ts';

export class UniqueTexts {
  private readonly texts = new TextRows();
  private readonly index = new RowIndex();
  private last = 0;

  /** From 1 on; 0 for null. */
  numberOf(text: string | null): number {
    if (text === null) return 0;
    const hash = rowHash(text);
    const known = this.index.find(hash, (number) => this.texts.at(number) === text);
    if (known !== 0) return known;
    this.last += 1;
    this.texts.set(this.last, text);
    this.index.add(hash, this.last);
    return this.last;
  }

  /** `number`: one that was given out. */
  at(number: number): string | null {
    return number === 0 ? null : this.texts.at(number);
  }
}
