// What a correct reader must find in a generated lake. The generator records it
// while it writes and never reads its own files, so a test that compares a
// product (or a plain recount) with it compares two independent answers.

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

export interface CallTotals extends Usage {
  calls: number;
}

/** kept: the one line of a call that counts. The others name the rule by which a line with usage does not. */
export type UsageFate = 'kept' | 'streamed' | 'reappended' | 'inherited' | 'sidechain_replay' | 'progress' | 'synthetic';

/** invalid_json: no JSON value as a whole; glued: several objects on one line; not_an_object: JSON, but no record. */
export type RejectReason = 'invalid_json' | 'glued' | 'not_an_object';

export type Evidence = 'meta' | 'result' | 'progress' | 'prompt';

export interface AgentTruth {
  id: string;
  session_id: string;
  file: string;
  layout: 'flat' | 'directory';
  agent_type: string | null;
  /** The call that started it; null for warm-ups and side calls, which belong to the session only. */
  tool_use_id: string | null;
  parent_agent_id: string | null;
  depth: number;
  /** Where the link can be read from, best first. */
  evidence: Evidence[];
  usage: CallTotals;
}

export interface SessionTruth {
  id: string;
  project: string;
  cwd: string;
  title: string;
  version: string;
  /** The session whose lines it repeats, if it is a resumed copy. */
  copied_from: string | null;
  first_ts: string;
  last_ts: string;
  /** Lines of the main thread with a role, each uuid once; copied ones are in. */
  messages: number;
  prompts: number;
  tool_uses: number;
  agents: number;
  /** Main thread, without what another session had first. */
  own: CallTotals;
  /** Sidechain calls inside the main file (1.x has no agent files). */
  inline_sidechain: CallTotals;
  /** own + inline_sidechain + all agents. */
  rollup: CallTotals;
  /** Calls that belong to the session it was copied from. */
  inherited: CallTotals;
}

export interface Truth {
  options: Record<string, string | number>;
  log_files: number;
  meta_files: number;
  bytes: number;
  /** Ended by a newline: records + rejects + blank lines. */
  lines: number;
  records: number;
  blank_lines: number;
  /** Records whose (session, uuid) was there before. */
  duplicates: number;
  records_by_type: Record<string, number>;
  rejects: { total: number; by_reason: Record<RejectReason, number> };
  /** Every odd thing that was put in, records that stay readable included. */
  oddities: Record<string, number>;
  /** Files that end without a newline; the bytes after the last one belong to no line yet. */
  tails: { files: number; bytes: number };
  usage_lines: Record<UsageFate, number>;
  totals: CallTotals;
  by_model: Record<string, CallTotals>;
  sessions: SessionTruth[];
  agents: AgentTruth[];
}

export function noCalls(): CallTotals {
  return { calls: 0, input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
}

export function addTotals(sum: CallTotals, add: Usage, calls: number): void {
  sum.calls += calls;
  sum.input_tokens += add.input_tokens;
  sum.output_tokens += add.output_tokens;
  sum.cache_creation_input_tokens += add.cache_creation_input_tokens;
  sum.cache_read_input_tokens += add.cache_read_input_tokens;
}

function sorted<V>(map: Map<string, V>): Record<string, V> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export class TruthRecorder {
  private readonly sessions: SessionTruth[] = [];
  private readonly agents: AgentTruth[] = [];
  private readonly types = new Map<string, number>();
  private readonly oddities = new Map<string, number>();
  private readonly models = new Map<string, CallTotals>();
  private readonly rejects: Record<RejectReason, number> = { invalid_json: 0, glued: 0, not_an_object: 0 };
  private readonly fates: Record<UsageFate, number> = {
    kept: 0, streamed: 0, reappended: 0, inherited: 0, sidechain_replay: 0, progress: 0, synthetic: 0,
  };
  private readonly totals = noCalls();
  private readonly tails = { files: 0, bytes: 0 };
  private blankLines = 0;
  private duplicates = 0;

  session(id: string, project: string, cwd: string, version: string, copiedFrom: string | null): SessionTruth {
    const session: SessionTruth = {
      id, project, cwd, title: '', version, copied_from: copiedFrom, first_ts: '', last_ts: '',
      messages: 0, prompts: 0, tool_uses: 0, agents: 0,
      own: noCalls(), inline_sidechain: noCalls(), rollup: noCalls(), inherited: noCalls(),
    };
    this.sessions.push(session);
    return session;
  }

  agent(agent: AgentTruth): AgentTruth {
    this.agents.push(agent);
    return agent;
  }

  record(type: string): void {
    this.types.set(type, (this.types.get(type) ?? 0) + 1);
  }

  reject(reason: RejectReason): void {
    this.rejects[reason]++;
  }

  blankLine(): void {
    this.blankLines++;
  }

  duplicate(): void {
    this.duplicates++;
  }

  oddity(kind: string): void {
    this.oddities.set(kind, (this.oddities.get(kind) ?? 0) + 1);
  }

  tail(bytes: number): void {
    this.tails.files++;
    this.tails.bytes += bytes;
  }

  /** A new model call: once per call, with its final usage. */
  call(thread: CallTotals, model: string, usage: Usage): void {
    addTotals(thread, usage, 1);
    addTotals(this.totals, usage, 1);
    let ofModel = this.models.get(model);
    if (ofModel === undefined) this.models.set(model, (ofModel = noCalls()));
    addTotals(ofModel, usage, 1);
  }

  usageLine(fate: UsageFate): void {
    this.fates[fate]++;
  }

  finish(files: { logFiles: number; metaFiles: number; bytes: number }, options: Record<string, string | number>): Truth {
    const byId = new Map(this.sessions.map((session) => [session.id, session]));
    for (const session of this.sessions) {
      session.rollup = { ...session.own };
      addTotals(session.rollup, session.inline_sidechain, session.inline_sidechain.calls);
    }
    for (const agent of this.agents) {
      const session = byId.get(agent.session_id);
      if (session === undefined) continue;
      session.agents++;
      addTotals(session.rollup, agent.usage, agent.usage.calls);
    }
    const records = [...this.types.values()].reduce((sum, count) => sum + count, 0);
    const rejected = this.rejects.invalid_json + this.rejects.glued + this.rejects.not_an_object;
    return {
      options,
      log_files: files.logFiles,
      meta_files: files.metaFiles,
      bytes: files.bytes,
      lines: records + rejected + this.blankLines,
      records,
      blank_lines: this.blankLines,
      duplicates: this.duplicates,
      records_by_type: sorted(this.types),
      rejects: { total: rejected, by_reason: { ...this.rejects } },
      oddities: sorted(this.oddities),
      tails: { ...this.tails },
      usage_lines: { ...this.fates },
      totals: { ...this.totals },
      by_model: sorted(this.models),
      sessions: this.sessions,
      agents: this.agents,
    };
  }
}
