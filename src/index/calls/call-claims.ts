// Which of two lines of a call comes before the other: as the one that the call belongs to, and as the one whose figures
// count. What times leave open names settle, so that the order of arrival does not matter.

import type { CallLine, CallNames } from './call-line.ts';
import { INT, NUMBER } from './call-table.ts';
import type { CallTable } from './call-table.ts';

/** What of a line is compared with the line that counts so far, where their output is the same. */
const TOKENS = ['input', 'cacheCreation', 'cacheRead', 'cacheCreation1h', 'webSearches'] as const;

/** Whether the call is the line's rather than the one's that `row` says. */
export function ownsBefore(line: CallLine, table: CallTable, row: number, names: CallNames): boolean {
  const isSidechain = table.int(row, INT.sidechain) === 1;
  if (line.sidechain !== isSidechain) return isSidechain;
  const ms = table.number(row, NUMBER.ms);
  if (line.ms !== ms) return earlier(line.ms, ms);
  const birthMs = table.number(row, NUMBER.birthMs);
  if (line.birthMs !== birthMs) return line.birthMs < birthMs;
  const session = table.int(row, INT.session);
  if (line.session !== session) return names.session(line.session) < names.session(session);
  const agent = table.int(row, INT.agent);
  return line.agent !== agent && names.agent(line.agent) < names.agent(agent);
}

/** Whether the line's figures count rather than those of `row`. Logs have never shown lines of one call that differ in more than their output; if they do, more counts. */
export function countsBefore({ usage, ms, model, tier }: CallLine, table: CallTable, row: number, names: CallNames): boolean {
  const output = table.number(row, NUMBER.output);
  if (usage.output !== output) return usage.output > output;
  const bestMs = table.number(row, NUMBER.bestMs);
  if (ms !== bestMs) return earlier(ms, bestMs);
  for (const name of TOKENS) {
    const tokens = table.number(row, NUMBER[name]);
    if (usage[name] !== tokens) return usage[name] > tokens;
  }
  const [counted, countedTier] = [table.int(row, INT.model), table.int(row, INT.tier)];
  if (model !== counted) return names.model(model) < names.model(counted);
  return tier !== countedTier && names.model(tier) < names.model(countedTier);
}

function earlier(a: number, b: number): boolean {
  return a !== -1 && (b === -1 || a < b);
}
