// Rates from what a source states, in dollars. What it leaves out is derived, and said to be.

import { picodollars, picoPerToken, type Rates } from '../core/price-book.ts';

/** USD per million tokens; `webSearch`: USD for one. */
export interface StatedRates {
  input: number;
  output: number;
  cacheWrite?: number;
  cacheWrite1h?: number;
  cacheRead?: number;
  webSearch?: number;
}

/** Anthropic's multiples of the input price, which other lists leave out. */
const ANTHROPIC = { cacheWrite: 1.25, cacheWrite1h: 2, cacheRead: 0.1 };
const ANTHROPIC_WEB_SEARCH_USD = 0.01;

export function ratesOf(stated: StatedRates, model: string): { rates: Rates; assumed: string[] } {
  const assumed: string[] = [];
  const derive = (name: string, value: number | undefined, text: string, other: number): number => {
    if (value !== undefined) return value;
    assumed.push(`${name} = ${text}`);
    return other;
  };
  const anthropic = /claude/i.test(model);
  const multiple = (name: string, value: number | undefined, factor: number): number => derive(name, value, `${factor} × input`, factor * stated.input);
  const cacheWrite = anthropic
    ? multiple('cache_write', stated.cacheWrite, ANTHROPIC.cacheWrite)
    : derive('cache_write', stated.cacheWrite, 'input', stated.input);
  const cacheWrite1h = anthropic
    ? multiple('cache_write_1h', stated.cacheWrite1h, ANTHROPIC.cacheWrite1h)
    : derive('cache_write_1h', stated.cacheWrite1h, 'cache_write', cacheWrite);
  const cacheRead = anthropic
    ? multiple('cache_read', stated.cacheRead, ANTHROPIC.cacheRead)
    : derive('cache_read', stated.cacheRead, 'input', stated.input);
  const webSearch = anthropic
    ? derive('web_search', stated.webSearch, `${ANTHROPIC_WEB_SEARCH_USD} USD`, ANTHROPIC_WEB_SEARCH_USD)
    : derive('web_search', stated.webSearch, '0', 0);
  return {
    assumed,
    rates: {
      input: picoPerToken(stated.input),
      output: picoPerToken(stated.output),
      cacheWrite5m: picoPerToken(cacheWrite),
      cacheWrite1h: picoPerToken(cacheWrite1h),
      cacheRead: picoPerToken(cacheRead),
      webSearch: picodollars(webSearch),
    },
  };
}
