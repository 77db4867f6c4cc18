// Several programs do the same in turn: A B C, A B C, … What disturbs the machine disturbs them all.

import { median } from './figures.ts';
import type { Contender, Contest } from './figures.ts';
import type { Measure } from './measure.ts';

export interface Entrant {
  name: string;
  ours?: boolean;
  run: () => Promise<Measure>;
}

export async function inTurn(title: string, bytes: number, rounds: number, entrants: readonly Entrant[]): Promise<Contest> {
  const measures = entrants.map((): Measure[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, entrant] of entrants.entries()) measures[index]?.push(await entrant.run());
  }
  const contenders = entrants.map(({ name, ours }, index): Contender => {
    const taken = measures[index] ?? [];
    const peaks = taken.map(({ peakBytes }) => peakBytes).filter((peak) => peak !== null);
    return {
      name, ...(ours === true && { ours }),
      wallMs: median(taken.map(({ wallMs }) => wallMs)), cpuSeconds: median(taken.map(({ cpuSeconds }) => cpuSeconds)),
      peakBytes: peaks.length === 0 ? null : Math.max(...peaks),
    };
  });
  return { title, bytes, rounds, contenders };
}

/** One contender of a contest. Throws where it was left out. */
export function contenderOf(contest: Contest, name: string): Contender {
  const found = contest.contenders.find((contender) => contender.name === name);
  if (found === undefined) throw new Error(`${contest.title}: no contender named ${name}`);
  return found;
}
