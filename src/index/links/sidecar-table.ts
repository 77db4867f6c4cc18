// What small documents beside logs say, of each path the newest, by the agent that it is of: by the agents' own names,
// as one may come before anything of its session does. Many lie in one folder, so folders are held once.

import { Columns } from '../../core/columns/columns.ts';
import { RowIndex, rowHash } from '../../core/columns/row-index.ts';
import { SharedTexts } from '../../core/columns/shared-texts.ts';
import { TextRows } from '../../core/columns/text-rows.ts';
import type { UniqueTexts } from '../../core/columns/unique-texts.ts';
import type { Sidecar } from '../../core/sidecar.ts';
import type { SidecarFacts } from './link-agents.ts';

const COLUMNS = { source: Uint32Array, session: Uint32Array, agent: Uint32Array, root: Uint32Array, folder: Uint32Array, modified: Float64Array, call: Uint32Array, type: Uint32Array, description: Uint32Array } as const;

/** Whose a sidecar is. */
type Owner = Pick<Sidecar, 'source' | 'session' | 'agent'>;

export class SidecarTable {
  private readonly texts: UniqueTexts;
  /** Sources, and roots: few. */
  private readonly shared = new SharedTexts();
  private readonly columns = new Columns(COLUMNS);
  /** Below their folders. */
  private readonly files = new TextRows();
  private readonly index = new RowIndex();
  private last = 0;

  constructor(texts: UniqueTexts) {
    this.texts = texts;
  }

  /** In the order in which they were committed. */
  set(sidecar: Omit<Sidecar, 'size'>): void {
    const { root, path } = sidecar;
    const row = this.find(sidecar, (known) => this.rootOf(known) === root && this.pathOf(known) === path) || this.append(sidecar);
    const { of } = this.columns;
    of.modified[row] = sidecar.modifiedMs;
    [of.call[row], of.type[row], of.description[row]] = [sidecar.toolUseId, sidecar.agentType, sidecar.description].map((text) => this.texts.numberOf(text)) as [number, number, number];
  }

  of(owner: Owner): SidecarFacts[] {
    const found: SidecarFacts[] = [];
    const { texts, columns: { of: { modified, call, type, description } } } = this;
    this.find(owner, (row) => {
      found.push({
        agent: owner.agent, root: this.rootOf(row), path: this.pathOf(row), modified_ms: modified[row] as number,
        tool_use_id: texts.at(call[row] as number), agent_type: texts.at(type[row] as number), description: texts.at(description[row] as number),
      });
      return false;
    });
    return found;
  }

  /** The first of an agent's that `is` says it is; 0 for none. */
  private find({ source, session, agent }: Owner, is: (row: number) => boolean): number {
    const { texts, shared, columns: { of } } = this;
    return this.index.find(hashOf({ source, session, agent }), (row) => texts.at(of.agent[row] as number) === agent && texts.at(of.session[row] as number) === session && shared.at(of.source[row] as number) === source && is(row));
  }

  private append(sidecar: Omit<Sidecar, 'size'>): number {
    const row = this.last += 1;
    this.columns.reserve(row);
    const { of } = this.columns;
    const { folder, file } = split(sidecar.path);
    [of.source[row], of.root[row]] = [this.shared.numberOf(sidecar.source), this.shared.numberOf(sidecar.root)];
    [of.session[row], of.agent[row], of.folder[row]] = [this.texts.numberOf(sidecar.session), this.texts.numberOf(sidecar.agent), this.texts.numberOf(folder)];
    this.files.set(row, file);
    this.index.add(hashOf(sidecar), row);
    return row;
  }

  private rootOf(row: number): string {
    return this.shared.at(this.columns.of.root[row] as number);
  }

  private pathOf(row: number): string {
    return `${this.texts.at(this.columns.of.folder[row] as number)}${this.files.at(row)}`;
  }
}

function hashOf({ source, session, agent }: Owner): number {
  return rowHash(source, session, agent);
}

function split(path: string): { folder: string; file: string } {
  const at = path.lastIndexOf('/') + 1;
  return { folder: path.slice(0, at), file: path.slice(at) };
}
