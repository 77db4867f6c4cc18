// Work that nobody wants any more.

import { LakeError } from './errors.ts';

export function calledOff(): LakeError {
  return new LakeError('unavailable', 'It was called off before it was done.');
}

/** Throws where it is. */
export function throwIfCalledOff(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw calledOff();
}
