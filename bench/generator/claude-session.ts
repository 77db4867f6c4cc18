// Writes one Claude Code session: the main file turn by turn, its subagents'
// files, and what happens on the way (compaction, side questions, errors, a
// resumed copy). The plan says what; the era says in which form.

import { aiTitle, apiError, customTitle, hookAttachment, hookProgress, localCommand, queuedCommand, queueOperations, snapshot, turnEnd, unknownType } from './notices.ts';
import { Session, type LakeParts, type SessionEnd, type SessionEvent, type SessionPlan } from './session.ts';
import { replayAgent, warmUp } from './side-calls.ts';
import { answer, workStep } from './steps.ts';
import { spawnAgents } from './subagents.ts';
import type { HistoryLine } from './transcript.ts';
import { addTotals } from './truth.ts';

/** Past this the agent compacts by itself, as the real one does near its window. */
const CONTEXT_LIMIT_TOKENS = 155_000;
const REAPPENDED_LINES = 12;
const TEAM_MAX = 8;

/** Which events a version can have at all. */
const POSSIBLE: Record<SessionEvent, (session: Session) => boolean> = {
  agent: () => true,
  team: () => true,
  background: ({ plan }) => plan.era.attachmentLines,
  nested: ({ plan }) => plan.era.agentLayout === 'directory',
  lost_result: ({ plan }) => plan.era.agentLayout !== 'inline',
  warm_up: ({ plan }) => plan.era.agentLayout === 'flat',
  aside: ({ plan }) => plan.era.attachmentLines,
  compact: () => true,
  api_error: () => true,
  unknown: () => true,
  rewind: () => true,
  custom_title: ({ plan }) => plan.era.titles === 'ai-title',
  command: () => true,
  queued_prompt: ({ plan }) => plan.era.attachmentLines,
};

const RANDOM_EVENTS: readonly SessionEvent[] = [
  'agent', 'agent', 'agent', 'agent', 'agent', 'team', 'background', 'nested', 'lost_result', 'warm_up', 'aside', 'compact', 'api_error',
  'unknown', 'rewind', 'custom_title', 'command', 'queued_prompt',
];

const HAPPEN: Record<SessionEvent, (session: Session) => void> = {
  agent: (session) => spawnAgents(session, session.main, { count: 1, steps: session.plan.agentSteps }),
  team: (session) => spawnAgents(session, session.main, { count: 3, steps: session.plan.agentSteps }),
  background: (session) => spawnAgents(session, session.main, { count: 1, steps: session.plan.agentSteps, background: true }),
  nested: (session) => spawnAgents(session, session.main, { count: 1, steps: session.plan.agentSteps, nested: true }),
  lost_result: (session) => spawnAgents(session, session.main, { count: 1, steps: session.plan.agentSteps, loseResult: true }),
  warm_up: warmUp,
  aside: (session) => replayAgent(session, 'aside_question'),
  compact,
  api_error: (session) => apiError(session.main),
  unknown: (session) => unknownType(session.main),
  rewind,
  custom_title: (session) => customTitle(session.main),
  command: (session) => localCommand(session.main),
  queued_prompt: (session) => queuedCommand(session.main),
};

export function writeSession(lake: LakeParts, plan: SessionPlan): SessionEnd {
  const session = new Session(lake, plan);
  const { main } = session;
  if (plan.resumes === null) opening(session);
  else copyChain(session, plan.resumes);
  let started = 0;
  for (let turn = 0; turn < plan.maxTurns && session.bytes < plan.budgetBytes; turn++) {
    writeTurn(session, turn);
    main.tick(20_000, 900_000);
  }
  while (started < plan.agentTarget) {
    const count = Math.min(TEAM_MAX, plan.agentTarget - started);
    spawnAgents(session, main, { count, steps: 10_000, budgetBytes: plan.agentBudgetBytes });
    started += count;
  }
  if (plan.era.titles === 'summary') closingSummary(session);
  session.file.close(main.nowMs);
  return { truth: session.truth, endMs: main.nowMs, history: main.history, historyComplete: main.historyComplete };
}

function opening(session: Session): void {
  const { main, plan, rng, lake } = session;
  const earlier = lake.summaries.get(session.folder);
  // Old versions wrote the summary of an earlier session into the next one's file: its leaf is not in here.
  if (plan.era.titles === 'summary' && earlier !== undefined) main.loose({ type: 'summary', ...earlier });
  if (plan.era.permissionLines) main.loose({ type: 'permission-mode', permissionMode: 'acceptEdits', sessionId: session.truth.id });
  if (plan.era.progressLines) hookProgress(main);
  if (plan.era.attachmentLines) hookAttachment(main, 'SessionStart:startup', rng.uuid());
}

function closingSummary(session: Session): void {
  const { main, rng, lake } = session;
  const leafUuid = main.parentUuid;
  if (leafUuid === null || rng.chance(0.4)) return;
  const summary = session.prose.title();
  session.truth.title = summary;
  main.loose({ type: 'summary', summary, leafUuid });
  lake.summaries.set(session.folder, { summary, leafUuid });
}

function writeTurn(session: Session, turn: number): void {
  const { main, plan, rng } = session;
  const startMs = main.nowMs;
  if (plan.era.queueLines && rng.chance(0.1)) queueOperations(main);
  const promptUuid = main.prompt(session.prose.prompt());
  if (plan.era.snapshotLines) snapshot(main, promptUuid, false);
  // A version with AI titles gives one after the first prompt and repeats it later; the last one counts.
  if (plan.era.titles === 'ai-title' && turn === 0 && plan.resumes === null) {
    session.truth.title = session.prose.title();
    aiTitle(main, session.truth.title);
  }
  const steps = rng.int(1, plan.maxSteps);
  for (let step = 0; step < steps && session.bytes < plan.budgetBytes; step++) {
    workStep(main, plan.sizes);
    if (plan.era.snapshotLines && rng.chance(0.15)) snapshot(main, promptUuid, true);
  }
  for (const { event } of plan.events.filter((planned) => planned.turn === turn)) HAPPEN[event](session);
  if (rng.chance(plan.eventRate)) {
    const event = rng.pick(RANDOM_EVENTS);
    if (POSSIBLE[event](session)) HAPPEN[event](session);
  }
  answer(main, plan.sizes);
  if (main.contextTokens > CONTEXT_LIMIT_TOKENS) compact(session);
  if (plan.era.turnDuration) turnEnd(main, startMs);
  if (rng.chance(0.05)) main.switchModel();
}

/** Everything before is replaced by a summary; a later compaction of one process writes earlier lines again. */
function compact(session: Session): void {
  const { main, plan, rng, lake } = session;
  const again = session.compactions++ > 0;
  const logicalParentUuid = main.parentUuid;
  const kept = main.history.slice(-REAPPENDED_LINES);
  if (plan.era.attachmentLines) replayAgent(session, 'acompact');
  main.tick(4000, 30_000);
  main.chain({
    parentUuid: null, logicalParentUuid, type: 'system', subtype: 'compact_boundary', content: 'Conversation compacted', isMeta: false, level: 'info',
    compactMetadata: { trigger: rng.chance(0.5) ? 'auto' : 'manual', preTokens: main.contextTokens },
  });
  main.chain({
    type: 'user', isVisibleInTranscriptOnly: true, isCompactSummary: true,
    message: { role: 'user', content: `This session continues an earlier conversation. ${session.prose.text(plan.sizes.text)}` },
  });
  if (again) {
    for (const line of kept) {
      lake.truth.duplicate();
      if (line.call !== null) lake.truth.usageLine('reappended');
      main.repeat(line, line.json);
    }
  }
  main.contextTokens = rng.int(12_000, 25_000);
}

/** The person goes back to an earlier prompt: a second branch under one parent; the old one stays. */
function rewind(session: Session): void {
  const { main, rng } = session;
  const earlier = main.history.filter((line) => line.prompt !== null);
  if (earlier.length === 0) return;
  const line = JSON.parse(rng.pick(earlier.slice(-5)).json) as { parentUuid: string | null };
  main.parentUuid = line.parentUuid;
  main.prompt(session.prose.prompt());
}

/** A resumed or forked session: the whole chain under a new session id, all else the same. */
function copyChain(session: Session, from: SessionEnd): void {
  const { main, truth, lake } = session;
  const counted = new Set<string>();
  for (const line of from.history) {
    const json = line.json.replaceAll(from.truth.id, truth.id);
    main.repeat(line, json);
    main.remember({ ...line, json });
    if (line.type === 'user' || line.type === 'assistant') truth.messages++;
    truth.tool_uses += line.toolUses;
    if (line.prompt !== null) {
      truth.prompts++;
      if (truth.title === '') truth.title = line.prompt;
    }
    if (line.call === null) continue;
    lake.truth.usageLine('inherited');
    if (counted.has(line.call.id)) continue;
    counted.add(line.call.id);
    addTotals(truth.inherited, line.call.usage, 1);
  }
  const first = from.history[0];
  const last = from.history.at(-1);
  if (first === undefined || last === undefined) return;
  // Of the lines that were copied: one without a uuid before them, or after, was not.
  truth.first_ts = placeOf(first).timestamp;
  truth.last_ts = placeOf(last).timestamp;
  main.parentUuid = placeOf(last).uuid;
}

function placeOf(line: HistoryLine): { uuid: string; timestamp: string } {
  return JSON.parse(line.json) as { uuid: string; timestamp: string };
}
