// A session by turn. A turn's model calls are those whose first line is in it, so that all turns together
// count each call once.

import { decodeCursor } from '../../core/answers/cursor.ts';
import { cutText } from '../../core/bytes/cut-text.ts';
import type { Page } from '../../core/answers/page.ts';
import type { ExchangeItem, ExchangeRequest } from '../../core/answers/session-views.ts';
import { isoOfStored } from '../../core/time/time.ts';
import { answerOf, textOf } from '../../sources/content.ts';
import { heldFigures, heldTurns } from '../held/session-turns.ts';
import { modelNames } from '../names/model-names.ts';
import { hasVersions } from '../rows/newest-version.ts';
import { pageOf } from './page.ts';
import { sessionNumber } from './sessions.ts';
import { TurnFigures } from '../held/turn-figures.ts';
import type { Turn, TurnRange } from '../held/turn-figures.ts';
import { readFigures, readTurns } from './turns.ts';
import type { ViewParts } from './view-parts.ts';

/** Together with their number they keep a page below 16 MiB. */
const TEXT_MAX_CHARS = 16_000;

interface Told {
  turn: Turn;
  figures: TurnFigures;
  prompt: string | null;
  answer: string | null;
}

export async function sessionExchanges(parts: ViewParts, sessionId: string, { limit, cursor, offset }: ExchangeRequest): Promise<Page<ExchangeItem>> {
  const session = sessionNumber(parts.names, sessionId);
  const list = `exchanges:${sessionId}`;
  const after = cursor === undefined ? null : decodeCursor(list, cursor).map(Number);
  const { turns, figures } = await turnsOf(parts, session, { after, skip: offset ?? 0, limit: limit + 1 });
  const told = turns.map((turn, i): Told => ({ turn, figures: figures[i] ?? new TurnFigures(), prompt: null, answer: null }));
  await readTexts(parts, session, told.slice(0, limit));
  return pageOf(list, told, limit, (one) => exchangeOf(one, parts), ({ turn }) => [turn.ts_ms, turn.lake_offset]);
}

/** With the figures of all but the last one where there are more than fit a page. */
async function turnsOf(parts: ViewParts, session: number, range: TurnRange): Promise<{ turns: Turn[]; figures: TurnFigures[] }> {
  const prices = await parts.rates.models();
  const assistant = parts.names.strings.find('assistant') ?? -1;
  const known = await parts.held.withCalls(session);
  if (known !== null) {
    const turns = heldTurns(known.held, range);
    return { turns, figures: heldFigures(known.held, known.calls, turns.slice(0, range.limit - 1), prices, assistant) };
  }
  return parts.readers.use(async (connection) => {
    const versions = hasVersions(parts.names, session);
    const turns = await readTurns(connection, session, versions, range);
    return { turns, figures: await readFigures(connection, session, versions, turns.slice(0, range.limit - 1), prices, assistant) };
  });
}

async function readTexts(parts: ViewParts, session: number, told: readonly Told[]): Promise<void> {
  const answers = told.flatMap((one) => one.figures.answers.map((range, rank) => ({ ...range, one, rank })));
  const best = new Map<Told, number>();
  const source = parts.names.sessions.at(session)?.source ?? '';
  await parts.lines.visitInTurn([...told.map(({ turn }) => turn.text), ...answers], (i, line) => {
    const prompted = told[i];
    if (prompted !== undefined) {
      prompted.prompt = textOf(source, line, parts.adapterOptions);
      return;
    }
    const { one, rank } = answers[i - told.length] as (typeof answers)[number];
    // Lines of a file come from its end: what is before the last answer is not parsed.
    if (rank > (best.get(one) ?? rank)) return;
    const text = answerOf(source, line, parts.adapterOptions);
    if (text === null) return;
    best.set(one, rank);
    one.answer = text;
  });
}

function exchangeOf({ turn, figures, prompt, answer }: Told, { names }: ViewParts): ExchangeItem {
  const cut = (text: string | null): string | null => (text === null ? null : cutText(text, TEXT_MAX_CHARS));
  const startedMs = turn.ts_ms >= 0 ? turn.ts_ms : figures.firstMs;
  const tools = [...figures.tools].map(([name, { calls, errors }]) => ({ name, calls, errors }));
  return {
    offset: String(turn.lake_offset),
    uuid: turn.uuid,
    prompt: cut(prompt),
    answer: cut(answer),
    cut: (prompt?.length ?? 0) > TEXT_MAX_CHARS || (answer?.length ?? 0) > TEXT_MAX_CHARS,
    started_at: isoOfStored(startedMs),
    ended_at: isoOfStored(figures.lastMs),
    duration_ms: startedMs === -1 ? null : Math.max(0, figures.lastMs - startedMs),
    records: figures.records,
    tools: tools.toSorted((a, b) => b.calls - a.calls || (a.name < b.name ? -1 : 1)),
    tool_call_count: tools.reduce((sum, { calls }) => sum + calls, 0),
    error_count: figures.errors,
    models: modelNames([...figures.models], names),
    calls: figures.spending.calls,
    usage: figures.spending.usage,
    cost_usd: figures.spending.costUsd,
    unpriced_calls: figures.spending.unpriced,
  };
}
