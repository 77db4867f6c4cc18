// The status of a session, which follows from its files, the archive and the time.

import type { SessionStatus } from '../../core/answers/session-item.ts';
import { ACTIVE_MS } from './status-clock.ts';
import type { SessionFacts } from './session-facts.ts';

export function statusOf({ archivedBytes, offsetBytes, gone, modifiedMs }: SessionFacts, nowMs: number, idleMs: number): SessionStatus {
  if (archivedBytes > 0 && archivedBytes >= offsetBytes) return 'archived';
  if (gone || (modifiedMs !== null && modifiedMs <= nowMs - idleMs)) return 'completed';
  return modifiedMs !== null && modifiedMs <= nowMs - ACTIVE_MS ? 'idle' : 'active';
}
