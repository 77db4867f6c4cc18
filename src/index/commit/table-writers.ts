// One kept appender a table, and the rows of a commit poured into them.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileEntry } from '../../core/file-entry.ts';
import type { CallColumns } from '../calls/call-columns.ts';
import type { CommitGroup } from './commit-group.ts';
import type { PlacedValue } from '../rows/placed.ts';
import type { Directories } from '../names/directories.ts';
import { int64s } from '../store/int64.ts';
import type { RecordColumns } from '../rows/record-columns.ts';
import { TABLES } from '../store/schema.ts';
import type { TableSpec } from '../store/schema.ts';
import { TableAppender } from '../store/vectors.ts';

type Tables = typeof TABLES;
type Appenders = { [Name in keyof Tables]: TableAppender<keyof Tables[Name]['columns'] & string> };

const int = (values: number[]): Int32Array => Int32Array.from(values);

export class TableWriters {
  private readonly appenders: Appenders;

  private constructor(appenders: Appenders) {
    this.appenders = appenders;
  }

  static async create(connection: DuckDBConnection): Promise<TableWriters> {
    const made: Record<string, unknown> = {};
    for (const [name, spec] of Object.entries(TABLES) as [string, TableSpec][]) made[name] = await TableAppender.create(connection, spec);
    return new TableWriters(made as Appenders);
  }

  close(): void {
    const errors: unknown[] = [];
    for (const appender of Object.values(this.appenders)) {
      try {
        appender.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  writeRecords(commits: readonly RecordColumns[]): void {
    let rows = 0;
    for (const columns of commits) {
      if (columns.rows > 0) this.addRecords(columns);
      rows += columns.rows;
    }
    if (rows > 0) this.appenders.records.flush();
  }

  private addRecords(columns: RecordColumns): void {
    const [input, output, cacheCreation, cacheRead] = columns.usage as [BigInt64Array, BigInt64Array, BigInt64Array, BigInt64Array];
    this.appenders.records.add(columns.rows, {
      lake_offset: columns.offset, file_ix: columns.file, line: columns.line, byte_offset: columns.byteOffset, byte_length: columns.byteLength, ts_ms: columns.ts,
      session_ix: columns.session, agent_ix: columns.agent, type_ix: columns.type, role_ix: columns.role, model_ix: columns.model, flags: columns.flags,
      uuid: columns.uuid, parent: columns.parent, input, output, cache_creation: cacheCreation, cache_read: cacheRead,
      call_message: columns.callMessage, call_request: columns.callRequest,
      tools: columns.tools.column, tool_results: columns.toolResults.column, uuid_text: columns.uuidText, parent_text: columns.parentText,
    });
  }

  writeRejects(rows: CommitGroup['rejects']): void {
    if (rows.length === 0) return;
    this.appenders.rejects.append(rows.length, {
      lake_offset: int64s(rows.map((r) => r.offset)), file_ix: int(rows.map((r) => r.fileIx)), line: int(rows.map((r) => r.line)), byte_offset: int64s(rows.map((r) => r.byteOffset)),
      byte_length: int64s(rows.map((r) => r.byteLength)), session_ix: int(rows.map((r) => r.sessionIx)), reason: rows.map((r) => r.reason), detail: rows.map((r) => r.detail),
    });
  }

  writeOddities(rows: CommitGroup['oddities']): void {
    if (rows.length === 0) return;
    this.appenders.oddities.append(rows.length, {
      lake_offset: int64s(rows.map((r) => r.offset)), file_ix: int(rows.map((r) => r.fileIx)), line: int(rows.map((r) => r.line)), byte_offset: int64s(rows.map((r) => r.byteOffset)),
      byte_length: int64s(rows.map((r) => r.byteLength)), session_ix: int(rows.map((r) => r.sessionIx)), reason: rows.map((r) => r.reason),
    });
  }

  writeValues({ dimensions, measures }: CommitGroup): void {
    const places = (rows: readonly PlacedValue<unknown>[]) => ({ lake_offset: int64s(rows.map((r) => r.offset)), session_ix: int(rows.map((r) => r.session)), ts_ms: int64s(rows.map((r) => r.ms)), name_ix: int(rows.map((r) => r.name)) });
    if (dimensions.length > 0) this.appenders.dimensions.append(dimensions.length, { ...places(dimensions), value: dimensions.map((d) => d.value) });
    if (measures.length > 0) this.appenders.measures.append(measures.length, { ...places(measures), value: Float64Array.from(measures, (m) => m.value) });
  }

  /** `fresh`: files the index has not seen before. */
  writeFiles(fresh: readonly FileEntry[], marks: readonly FileEntry[], seq: number): void {
    if (fresh.length > 0) {
      this.appenders.files.append(fresh.length, {
        file_ix: int(fresh.map((f) => f.fileIx)), source: fresh.map((f) => f.source), root: fresh.map((f) => f.root), project: fresh.map((f) => f.project), generation: int(fresh.map((f) => f.generation)),
        dev: fresh.map((f) => f.fingerprint.dev), ino: fresh.map((f) => f.fingerprint.ino), birth_ms: int64s(fresh.map((f) => f.fingerprint.birthMs)),
      });
    }
    if (marks.length === 0) return;
    this.appenders.fileMarks.append(marks.length, {
      file_ix: int(marks.map((f) => f.fileIx)), seq: int64s(marks.map(() => seq)), path: marks.map((f) => f.path), offset_bytes: int64s(marks.map((f) => f.offset)), lines: int64s(marks.map((f) => f.lines)),
      rejects: int64s(marks.map((f) => f.rejects)), size_bytes: int64s(marks.map((f) => f.size)), modified_ms: int64s(marks.map((f) => f.modifiedMs)), head_length: int(marks.map((f) => f.fingerprint.headLength)),
      head_hash: marks.map((f) => f.fingerprint.headHash), tail_hash: marks.map((f) => f.fingerprint.tailHash), adapter_state: marks.map((f) => f.adapterState), state: marks.map((f) => f.state),
    });
  }

  writeNames({ strings, sessions, agents }: Directories, fileSessions: readonly { file: number; session: number }[]): void {
    const s = strings.pending;
    if (s.length > 0) this.appenders.strings.append(s.length, { string_ix: int(s.map((x) => x.ix)), value: s.map((x) => x.value) });
    const n = sessions.pending;
    if (n.length > 0) this.appenders.sessions.append(n.length, { session_ix: int(n.map((x) => x.ix)), id: n.map((x) => x.id), source: n.map((x) => x.source), project: n.map((x) => x.project), owner_main: Uint8Array.from(n, (x) => (x.owner.main ? 1 : 0)), owner_place: n.map((x) => x.owner.place) });
    const a = agents.pending;
    if (a.length > 0) this.appenders.agents.append(a.length, { agent_ix: int(a.map((x) => x.ix)), session_ix: int(a.map((x) => x.sessionIx)), id: a.map((x) => x.id) });
    if (fileSessions.length > 0) this.appenders.fileSessions.append(fileSessions.length, { file_ix: int(fileSessions.map((x) => x.file)), session_ix: int(fileSessions.map((x) => x.session)) });
  }

  writeFacts({ facts }: CommitGroup): void {
    const titles = [...facts.titles.values()];
    if (titles.length > 0) {
      this.appenders.titles.append(titles.length, {
        session_ix: int(titles.map((t) => t.session)), at_ms: int64s(titles.map((t) => t.at)), rank: Uint8Array.from(titles, (t) => t.rank), title: titles.map((t) => t.title), line: int(titles.map((t) => t.line)),
      });
    }
    const cwds = [...facts.cwds.values()].flatMap(({ first, last }) => (last === first ? [first] : [first, last]));
    if (cwds.length > 0) this.appenders.cwds.append(cwds.length, { session_ix: int(cwds.map((c) => c.session)), at_ms: int64s(cwds.map((c) => c.at)), cwd: cwds.map((c) => c.cwd), line: int(cwds.map((c) => c.line)) });
    const links = [...facts.links.values()];
    if (links.length > 0) {
      this.appenders.agentLinks.append(links.length, {
        agent_ix: int(links.map((l) => l.agent)), at_ms: int64s(links.map((l) => l.at)), tool_use_id: links.map((l) => l.toolUseId), rule: links.map((l) => l.rule), parent_agent_ix: int(links.map((l) => l.parent)), line: int(links.map((l) => l.line)),
      });
    }
    const { tasks, origins } = facts;
    if (tasks.length > 0) {
      this.appenders.tasks.append(tasks.length, {
        session_ix: int(tasks.map((t) => t.session)), at_ms: int64s(tasks.map((t) => t.at)), tool_use_id: tasks.map((t) => t.toolUseId), agent_type: tasks.map((t) => t.agentType), description: tasks.map((t) => t.description),
        line: int(tasks.map((t) => t.line)), agent_ix: int(tasks.map((t) => t.agent)), prompt: BigUint64Array.from(tasks, (t) => t.prompt), run: tasks.map((t) => t.run),
      });
    }
    if (origins.length > 0) this.appenders.agentOrigins.append(origins.length, { agent_ix: int(origins.map((o) => o.agent)), prompt: BigUint64Array.from(origins, (o) => o.prompt), run: origins.map((o) => o.run) });
  }

  writeSidecars(group: CommitGroup, seq: number): void {
    const rows = [...group.sidecars.values()];
    if (rows.length === 0) return;
    this.appenders.sidecars.append(rows.length, {
      seq: int64s(rows.map(() => seq)), source: rows.map((r) => r.source), root: rows.map((r) => r.root), path: rows.map((r) => r.path), size_bytes: int64s(rows.map((r) => r.size)), modified_ms: int64s(rows.map((r) => r.modifiedMs)),
      session: rows.map((r) => r.session), agent: rows.map((r) => r.agent), tool_use_id: rows.map((r) => r.toolUseId), agent_type: rows.map((r) => r.agentType), description: rows.map((r) => r.description),
    });
  }

  writeSums({ sums }: CommitGroup): void {
    const activity = [...sums.activity.values()];
    if (activity.length > 0) {
      this.appenders.activityDeltas.append(activity.length, {
        session_ix: int(activity.map((d) => d.session)), agent_ix: int(activity.map((d) => d.agent)), records: int64s(activity.map((d) => d.records)), messages: int64s(activity.map((d) => d.messages)),
        tool_calls: int64s(activity.map((d) => d.toolCalls)), errors: int64s(activity.map((d) => d.errors)), bytes: int64s(activity.map((d) => d.bytes)), first_ms: int64s(activity.map((d) => d.firstMs)), last_ms: int64s(activity.map((d) => d.lastMs)),
      });
    }
    const usage = sums.changedUsage();
    if (usage.length > 0) {
      const sum = (i: number): BigInt64Array => int64s(usage.map((d) => d.sums[i] as number));
      this.appenders.usageDeltas.append(usage.length, {
        bucket: int(usage.map((d) => d.bucket)), session_ix: int(usage.map((d) => d.session)), agent_ix: int(usage.map((d) => d.agent)), model_ix: int(usage.map((d) => d.model)),
        calls: sum(0), input: sum(1), output: sum(2), cache_creation: sum(3), cache_read: sum(4), cache_creation_1h: sum(5), tier_ix: int(usage.map((d) => d.tier)), web_searches: sum(6),
      });
    }
    const tools = [...sums.tools.values()];
    if (tools.length > 0) {
      this.appenders.toolDeltas.append(tools.length, {
        bucket: int(tools.map((d) => d.bucket)), session_ix: int(tools.map((d) => d.session)), agent_ix: int(tools.map((d) => d.agent)), tool_ix: int(tools.map((d) => d.tool)), calls: int64s(tools.map((d) => d.calls)),
      });
    }
  }

  writeCalls(calls: CallColumns, seq: number): void {
    if (calls.rows === 0) return;
    const c = calls;
    this.appenders.calls.append(calls.rows, {
      message: c.message, request: c.request, seq: new BigInt64Array(calls.rows).fill(BigInt(seq)), session_ix: c.session, agent_ix: c.agent, sidechain: c.sidechain, owner_ms: c.ms, owner_birth_ms: c.birthMs,
      model_ix: c.model, best_ms: c.bestMs, input: c.input, output: c.output, cache_creation: c.cacheCreation, cache_read: c.cacheRead, cache_creation_1h: c.cacheCreation1h,
      tier_ix: c.tier, web_searches: c.webSearches,
    });
  }
}
