// One file with everything a line can be: CRLF, BOM, invalid UTF-8, glued records, blank and broken lines,
// repeats, lone surrogates, raw U+2028, NUL runs, and an end without a newline.

import { assistantLine, userLine } from '../../support/claude-lines.ts';

export interface OddFile {
  bytes: Buffer;
  /** Each complete line, without its newline. */
  lines: Buffer[];
  /** Lines that are no record, by number (1-based), with the reason. */
  rejects: ReadonlyMap<number, string>;
  /** Lines with two records on them. */
  glued: readonly number[];
  /** Lines that repeat an earlier uuid. */
  repeats: readonly number[];
  tail: Buffer;
}

export function oddFile(session: string): OddFile {
  const text = (line: string): Buffer => Buffer.from(line, 'utf8');
  const user = (n: number, more = {}): string => userLine({ session, n, ...more });
  const [before = '', after = ''] = user(3, { text: 'bad bytes: >' }).split('>');
  const lines: Buffer[] = [
    text(`\ufeff${user(0, { text: 'after a byte order mark' })}`),
    text(`${user(1, { text: 'ends in CRLF' })}\r`),
    text(''),
    text('  \t '),
    text('\r'),
    text(user(2, { text: 'zażółć 你好 🚀' })),
    Buffer.concat([text(before), Buffer.from([0xff, 0xfe, 0xc3]), text(after)]),
    text(user(4).replace('prompt 4', 'lone \\ud83d surrogate')),
    text(user(5, { text: 'raw \u2028 separator \u2029 inside' })),
    text(`${user(6)}${assistantLine({ session, n: 7 })}`),
    text('{"type":"user","uuid":'),
    text('[1,2,3]'),
    text('"a string"'),
    text('null'),
    text(`${user(8).slice(0, 60)}${user(9)}`),
    Buffer.concat([Buffer.alloc(300), text(user(10))]),
    text(user(2, { text: 'zażółć 你好 🚀' })),
    text(assistantLine({ session, n: 11 })),
    text(user(12, { text: 'x'.repeat(100_000) })),
    text(` ${user(13)} `),
    text(`${user(14)}${user(2)}`),
    text(user(15)),
  ];
  const tail = text(user(16));
  return {
    bytes: Buffer.concat([...lines.flatMap((line) => [line, text('\n')]), tail]),
    lines,
    rejects: new Map([[3, 'blank'], [4, 'blank'], [5, 'blank'], [11, 'invalid_json'], [12, 'not_an_object'], [13, 'not_an_object'], [14, 'not_an_object'], [15, 'invalid_json'], [16, 'nul_bytes']]),
    glued: [10, 21],
    repeats: [17, 21],
    tail,
  };
}
