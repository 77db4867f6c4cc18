// The shapes of lakes a bench can ask for, as plans for the next session: how
// big, how many turns, which version, what happens in it.

import { ERAS, eraAt, type Era } from './eras.ts';
import type { Project } from './projects.ts';
import type { Rng } from './rng.ts';
import type { SessionEnd, SessionPlan } from './session.ts';

export const SHAPES = ['mixed', 'many-small', 'one-big', 'wide', 'long-lines', 'non-ascii'] as const;

export type Shape = (typeof SHAPES)[number];

export interface PlanInput {
  rng: Rng;
  project: Project;
  startMs: number;
  /** Where this session stands in the time range of the lake, 0 to 1. */
  fraction: number;
  /** Bytes the lake may still grow by; Infinity if it is bounded by sessions. */
  leftBytes: number;
  agents: number;
}

const KB = 1000;

/** Upper bound in bytes and share of the sessions: most are small, most bytes are in the large. */
const MIXED_SIZES = [[150 * KB, 0.45], [800 * KB, 0.3], [3000 * KB, 0.17], [12_000 * KB, 0.08]] as const;

function mixedBytes(rng: Rng): number {
  let at = rng.float();
  let min = 20 * KB;
  for (const [max, share] of MIXED_SIZES) {
    if (at < share) return rng.int(min, max);
    at -= share;
    min = max;
  }
  return min;
}

/** What a plan is when nothing special is asked for. */
export function plainPlan(project: Project, era: Era, startMs: number): SessionPlan {
  return {
    project, era, startMs,
    sizes: { text: 500, output: 4200 },
    style: 'plain',
    maxTurns: 1_000_000,
    budgetBytes: 200 * KB,
    maxSteps: 14,
    agentSteps: 24,
    events: [],
    eventRate: 0.45,
    agentTarget: 0,
    agentBudgetBytes: 0,
    gateway: false,
    resumes: null,
  };
}

function latest(): Era {
  return ERAS.at(-1) as Era;
}

const PLANNERS: Record<Shape, (input: PlanInput, plan: SessionPlan) => Partial<SessionPlan>> = {
  mixed: ({ rng }) => ({ budgetBytes: mixedBytes(rng), gateway: rng.chance(0.04) }),
  // Lines as everywhere, few a file: what it shows is the cost of files.
  'many-small': ({ rng }) => ({ budgetBytes: rng.int(8, 32) * KB, maxSteps: 6, agentSteps: 2, eventRate: 0.15 }),
  'one-big': ({ leftBytes }) => ({ era: latest(), budgetBytes: leftBytes, eventRate: 0.2 }),
  wide: ({ leftBytes, agents }) => ({
    era: latest(), budgetBytes: 60 * KB, maxTurns: 2, eventRate: 0, agentTarget: agents,
    agentBudgetBytes: Number.isFinite(leftBytes) ? leftBytes / agents : 40 * KB,
  }),
  'long-lines': () => ({ budgetBytes: 4000 * KB, sizes: { text: 2000, output: 45_000, fixed: true } }),
  'non-ascii': ({ rng }) => ({ budgetBytes: mixedBytes(rng), style: 'non-ascii' }),
};

/** Shapes that are one session, whatever the size. */
export function isSingle(shape: Shape): boolean {
  return shape === 'one-big' || shape === 'wide';
}

export function planSession(shape: Shape, input: PlanInput): SessionPlan {
  const plan = plainPlan(input.project, eraAt(input.fraction), input.startMs);
  const shaped = { ...plan, ...PLANNERS[shape](input, plan) };
  return { ...shaped, budgetBytes: Math.min(shaped.budgetBytes, input.leftBytes) };
}

/** A copy of a session that just ended, begun a little later. */
export function resumePlan(rng: Rng, plan: SessionPlan, end: SessionEnd): SessionPlan {
  return { ...plan, startMs: end.endMs + rng.int(60_000, 7_200_000), resumes: end, maxTurns: rng.int(1, 3), budgetBytes: Infinity, maxSteps: 4, eventRate: 0 };
}
