// When V8 optimizes a function. By default after so little that of the CPU of a first index a sixth went into it: much
// of that code runs for two seconds and never again. Whoever answers questions for days wants the default.

import { setFlagsFromString } from 'node:v8';

/** Bytecode that a function runs through before it is looked at, by default; the flag cannot be asked for. */
const USUAL_BUDGET = 66 * 1024;
/** Twice and four times as much save no more. */
const BULK_BUDGET = 4 * USUAL_BUDGET;

/** For all threads, while much is read in. */
export function optimizeLate(): void {
  setFlagsFromString(`--interrupt-budget=${BULK_BUDGET}`);
}

export function optimizeAsUsual(): void {
  setFlagsFromString(`--interrupt-budget=${USUAL_BUDGET}`);
}
