// What is let go when an answer has ended, however it did.

import type { FastifyReply } from 'fastify';

/** Calls it once, when nothing more goes out: at once where the client is gone already. */
export function whenClosed({ raw }: Pick<FastifyReply, 'raw'>, act: () => void): void {
  if (raw.destroyed) act();
  else raw.once('close', act);
}
