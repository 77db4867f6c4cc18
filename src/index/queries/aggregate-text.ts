// The answer to `aggregate` as JSON. That by session or by agent has an item for each of tens of thousands: it is
// made in turns, so that nobody waits for the whole of it, and of the whole lake its items are kept.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AggregateAnswer } from '../../core/answers/aggregate-answer.ts';
import type { AggregateRequest } from '../../core/answers/questions.ts';
import { isEverywhere } from '../book/session-filter.ts';
import { planAggregate } from './aggregate.ts';
import type { SessionParts } from './sessions.ts';

const TURN_MS = 3;
/** Commits may go on faster than items are made: after so many turns the rest is made at once. */
const TURNS_MAX = 100;

export async function aggregateText(parts: SessionParts, request: AggregateRequest): Promise<Buffer> {
  const { groupBy, byModel = false, filter } = request;
  const isWhole = !byModel && isEverywhere(filter) && [filter.model, filter.sinceMs, filter.untilMs].every((value) => value === undefined);
  if (isWhole && (groupBy === 'session' || groupBy === 'agent')) return keptText(parts, groupBy);
  const { groups, itemOf, totals, prices } = await planAggregate(parts, request);
  const pieces: string[] = [];
  let end = performance.now() + TURN_MS;
  for (const group of groups) {
    pieces.push(JSON.stringify(itemOf(group)));
    if (performance.now() < end) continue;
    await nextTurn();
    end = performance.now() + TURN_MS;
  }
  return textOf([Buffer.from(pieces.join(','))], { totals, prices });
}

/** Items and totals are of one moment: nothing is waited for between the last item and the answer. */
async function keptText(parts: SessionParts, groupBy: 'session' | 'agent'): Promise<Buffer> {
  const { source, date } = await parts.rates.book();
  for (let turn = 1; ; turn++) {
    const items = (await parts.book.current()).items.by(groupBy);
    if (items.refresh(turn < TURNS_MAX ? TURN_MS : Number.POSITIVE_INFINITY)) return textOf(items.texts, { totals: items.total, prices: { source, date } });
    await nextTurn();
  }
}

/** `items`: pieces of a list, without the commas between them. */
function textOf(items: readonly Buffer[], rest: Omit<AggregateAnswer, 'items'>): Buffer {
  const pieces = items.flatMap((piece, i) => (i === 0 ? [piece] : [COMMA, piece]));
  return Buffer.concat([Buffer.from('{"items":['), ...pieces, Buffer.from(`],${JSON.stringify(rest).slice(1)}`)]);
}

const COMMA = Buffer.from(',');
