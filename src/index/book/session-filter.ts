// Which sessions a filter lets through, by their facts.

import type { SessionFilter } from '../../core/answers/questions.ts';
import type { Directories } from '../names/directories.ts';
import type { SessionFacts } from './session-facts.ts';
import { statusOf } from './session-status.ts';

export interface FilterParts {
  names: Directories;
  now: () => number;
  /** Quiet for this long, a session is completed. */
  idleMs: number;
}

/** Whether it lets all sessions through, whatever it asks of their calls. */
export function isEverywhere({ session, project, source, status, q }: SessionFilter): boolean {
  return [session, project, source, status, q].every((value) => value === undefined);
}

/** `since` and `until`: sessions that have lines in that time. */
export function sessionMatcher({ session, project, source, status, model, q, sinceMs, untilMs }: SessionFilter, { names, now, idleMs }: FilterParts): (facts: SessionFacts) => boolean {
  const modelIx = model === undefined ? undefined : (names.strings.find(model) ?? -1);
  const part = q?.toLowerCase();
  const nowMs = now();
  return (facts) =>
    (session === undefined || facts.id === session)
    && (project === undefined || facts.project === project)
    && (source === undefined || facts.source === source)
    && (modelIx === undefined || facts.uses(modelIx))
    && (sinceMs === undefined || (facts.lastMs !== null && facts.lastMs >= sinceMs))
    && (untilMs === undefined || (facts.firstMs !== null && facts.firstMs < untilMs))
    && (status === undefined || statusOf(facts, nowMs, idleMs) === status)
    && (part === undefined || facts.title?.toLowerCase().includes(part) === true);
}
