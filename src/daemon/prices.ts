// The prices that the settings name. The user's own are read and checked at once, so that a mistake in
// them is told at the start; the bundled list, which is large, is loaded when a cost is first asked for.

import { readFileSync, statSync } from 'node:fs';
import { LakeError, messageOf, systemCode } from '../core/errors.ts';
import type { PriceBook } from '../core/price-book.ts';
import type { Settings } from '../core/settings/settings.ts';
import { isoFromMs } from '../core/time/time.ts';
import { parseOwnPrices, type OwnPrices } from '../prices/own-prices.ts';

/** Throws `config` where the file of own prices cannot be read or says something it cannot mean. */
export function pricesOf(settings: Settings): () => Promise<PriceBook> {
  const own = settings.prices === null ? null : { file: settings.prices, prices: readOwnPrices(settings.prices) };
  let book: Promise<PriceBook> | null = null;
  return () => {
    book ??= import('../prices/prices.ts').then(({ Prices }) => new Prices(own));
    return book;
  };
}

function readOwnPrices(file: string): OwnPrices {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const what = systemCode(error) === undefined ? `is not valid JSON: ${messageOf(error)}` : `cannot be read (${systemCode(error)})`;
    throw new LakeError('config', `The file of prices ${file} ${what}.`, { hint: 'Give --prices the path of a JSON file, or leave it out.', cause: error });
  }
  return parseOwnPrices(document, file, isoFromMs(statSync(file).mtimeMs).slice(0, 10));
}
