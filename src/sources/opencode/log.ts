import { safeId } from '../../core/bytes/safe-id.ts';

/** The mirrored log of a session: one that another one started is a subagent of the session at its root. */
export function logOf(session: string, root: string | null = null): string {
  return root === null || root === session ? `${safeId(session)}.jsonl` : `${safeId(root)}/${safeId(session)}.jsonl`;
}
