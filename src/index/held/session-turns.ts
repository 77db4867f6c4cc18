// The turns of a session that is held, and what happened in them: the same as the statements of queries/turns.ts.

import { FLAG } from '../../core/scan-batch.ts';
import type { PricedModels } from '../spending/priced-models.ts';
import { BEYOND, TurnFigures, TurnGathering, TurnPlaces } from './turn-figures.ts';
import type { Turn, TurnRange } from './turn-figures.ts';
import { rowPage } from './row-page.ts';
import type { SessionCalls } from './session-calls.ts';
import type { SessionRows } from './session-rows.ts';

/** By time; an undated prompt comes first. */
export function heldTurns(held: SessionRows, { after, skip, limit }: TurnRange): Turn[] {
  const { integers: { file_ix: files }, doubles: { lake_offset: offsets } } = held.columns;
  const texts = textsOf(held);
  const next = new Map<number, number>();
  const untils = new Map<number, number>();
  for (const at of [...texts.keys()].toSorted((a, b) => b - a)) {
    untils.set(at, next.get(files[at] as number) ?? BEYOND);
    next.set(files[at] as number, offsets[at] as number);
  }
  return rowPage(held, (at) => texts.has(at), { byTime: true, order: 'asc', after, skip, limit }).map((at) => {
    const { lake_offset, ts_ms, file_ix, uuid } = held.row(at);
    const { file_ix: file, byte_offset, byte_length } = held.row(texts.get(at) as number);
    return { lake_offset, until: untils.get(at) ?? BEYOND, ts_ms, file_ix, text: { file_ix: file, byte_offset, byte_length }, uuid };
  });
}

/** By the row where a prompt was first written, the one that has its text: the first version may have had none yet. */
function textsOf(held: SessionRows): Map<number, number> {
  const texts = new Map<number, number>();
  const first = new Map<string, number>();
  for (let at = 0; at < held.rows; at++) {
    if (held.columns.integers.agent_ix[at] !== 0 || held.has(at, FLAG.duplicate)) continue;
    const id = held.hasVersions ? held.columns.idKey(at) : null;
    const begun = id === null ? at : (first.get(id) ?? at);
    if (id !== null) first.set(id, begun);
    if (held.has(at, FLAG.prompt)) texts.set(begun, at);
  }
  return texts;
}

export function heldFigures(held: SessionRows, calls: SessionCalls, turns: readonly Turn[], prices: PricedModels, assistant: number): TurnFigures[] {
  const figures = turns.map(() => new TurnFigures());
  if (turns.length === 0) return figures;
  const places = new TurnPlaces(turns, held.hasVersions);
  const gathering = new TurnGathering(places, figures, assistant);
  gatherHeld(held, places, gathering);
  const { integers, doubles } = held.columns;
  for (const id of gathering.unanswered()) {
    const result = held.resultsFor(id).find(({ at }) => integers.agent_ix[at] === 0 && (doubles.lake_offset[at] as number) >= places.last);
    if (result !== undefined) gathering.addLate(id, result.isError);
  }
  for (const [message, requests] of held.callLines) {
    for (const [request, lines] of requests) {
      const first = lines.find((at) => integers.agent_ix[at] === 0);
      const turn = first === undefined ? undefined : figures[places.find(integers.file_ix[first] as number, doubles.lake_offset[first] as number)];
      if (turn === undefined) continue;
      const call = calls.of(message).find((variant) => variant.request === request);
      if (call === undefined || call.session_ix !== held.session || call.agent_ix !== 0) continue;
      turn.models.add(call.model_ix);
      turn.spending.add(calls.spendingOf(call, prices));
    }
  }
  return figures;
}

function gatherHeld(held: SessionRows, { first, last }: TurnPlaces, gathering: TurnGathering): void {
  const { integers, doubles } = held.columns;
  for (let at = held.firstFrom(first); at < held.rows && (doubles.lake_offset[at] as number) < last; at++) {
    if (integers.agent_ix[at] !== 0 || held.has(at, FLAG.duplicate)) continue;
    gathering.add({
      record: held.hasVersions ? held.columns.idKey(at) : null,
      file_ix: integers.file_ix[at] as number, byte_offset: doubles.byte_offset[at] as number, byte_length: integers.byte_length[at] as number, lake_offset: doubles.lake_offset[at] as number,
      ts_ms: doubles.ts_ms[at] as number, flags: integers.flags[at] as number, role_ix: integers.role_ix[at] as number, tools: held.columns.tools(at), results: held.columns.toolResults(at),
    });
  }
}
