// Colours, only on a terminal and only where NO_COLOR does not forbid them.

import type { Io, Output } from './io.ts';

const CODES = {
  bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39],
  blue: [34, 39], magenta: [35, 39], cyan: [36, 39],
} as const satisfies Record<string, readonly [number, number]>;

type Paint = (text: string) => string;
export type Style = Readonly<Record<keyof typeof CODES, Paint>>;
export type Colour = keyof Style;

export function styleOf(io: Pick<Io, 'env'>, output: Pick<Output, 'isTTY'>): Style {
  const { NO_COLOR: noColor, TERM: term } = io.env;
  const coloured = output.isTTY === true && (noColor === undefined || noColor === '') && term !== 'dumb';
  return coloured ? colours : plain;
}

function paints(paint: (on: number, off: number) => Paint): Style {
  return Object.freeze(Object.fromEntries(Object.entries(CODES).map(([name, [on, off]]) => [name, paint(on, off)])) as Record<Colour, Paint>);
}

export const plain = paints(() => (text) => text);
export const colours = paints((on, off) => (text) => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`));
