// A cursor goes out with the epoch of the index that gave it, and is taken back in that epoch alone. In it are
// numbers of rows and a lake offset: in an index made anew they mean other rows, and a client that was
// between two pages would miss some without being told.

import { LakeError } from '../../core/errors.ts';
import type { App } from '../app.ts';

/** After kept answers, which are asked for by the whole cursor. */
export function installCursors(app: App, epoch: () => string): void {
  app.addHook('preHandler', (request, _reply, done) => {
    const query = request.query as { cursor?: unknown };
    if (typeof query.cursor === 'string') query.cursor = withoutEpoch(query.cursor, epoch());
    done();
  });

  app.addHook('preSerialization', (_request, _reply, payload, done) => {
    const page = payload as { next_cursor?: unknown } | null;
    if (typeof page?.next_cursor !== 'string') return void done(null, payload);
    done(null, { ...page, next_cursor: `${page.next_cursor}.${epoch()}` });
  });
}

function withoutEpoch(cursor: string, epoch: string): string {
  const [body = '', sum = '', from, ...rest] = cursor.split('.');
  // The list itself refuses what nobody gave out, as this is where the epoch is missing.
  if (from === undefined || from.length !== epoch.length || rest.length > 0) return `${cursor}.`;
  if (from === epoch) return `${body}.${sum}`;
  throw new LakeError('invalid_cursor', `The cursor is of the epoch ${from}; the index was made anew since then.`, { parameter: 'cursor', hint: 'Leave it out to begin again.' });
}
