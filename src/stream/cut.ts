// A bulk stream whose signal was aborted is cut, never ended: readers of the lake stop quietly when
// they are told to, and a stream that then looked complete would be a lie.

import { LakeError } from '../core/errors.ts';

export function throwIfCut(signal: AbortSignal | undefined, lastOffset: number): void {
  if (signal?.aborted !== true) return;
  throw new LakeError('unavailable', `The stream was cut after offset ${lastOffset}.`, {
    hint: `Go on with after=${lastOffset}.`,
    cause: signal.reason,
  });
}
