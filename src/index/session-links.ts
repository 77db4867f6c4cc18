// The agents of sessions with what started each. To find that takes a long statement, so what it found is kept
// as long as nothing more is told of how agents began.

import { LRUCache } from 'lru-cache';
import type { Versions } from '../core/versions.ts';
import type { Directories } from './commit-rows.ts';
import type { SessionName } from './directories.ts';
import { linksSql } from './queries/links.ts';
import type { Readers } from './readers.ts';

const MAX_AGENTS = 20_000;

export interface AgentLink {
  session_ix: number;
  agent_ix: number;
  id: string;
  tool_use_id: string | null;
  rule: string | null;
  parent_agent_ix: number | null;
  agent_type: string | null;
  description: string | null;
}

interface Known {
  version: string;
  links: readonly AgentLink[];
}

export class SessionLinks {
  private readonly readers: Readers;
  private readonly names: Directories;
  private readonly versions: Pick<Versions, 'links'> | undefined;
  private readonly known = new LRUCache<number, Known>({ maxSize: MAX_AGENTS, sizeCalculation: ({ links }) => links.length + 1 });

  /** Without versions nothing is kept. */
  constructor(readers: Readers, names: Directories, versions?: Pick<Versions, 'links'>) {
    this.readers = readers;
    this.names = names;
    this.versions = versions;
  }

  async of(session: SessionName): Promise<readonly AgentLink[]> {
    return (await this.ofAll([session])).get(session.ix) ?? [];
  }

  /** By session; one without agents may be absent. */
  async ofAll(sessions: readonly SessionName[]): Promise<Map<number, readonly AgentLink[]>> {
    const found = new Map<number, readonly AgentLink[]>();
    const missing: { session: SessionName; version: string | undefined; links: AgentLink[] }[] = [];
    for (const session of sessions) {
      if (!this.names.agents.has(session.ix)) continue;
      const version = this.versions?.links(session.id);
      const known = this.known.get(session.ix);
      if (known !== undefined && known.version === version) found.set(session.ix, known.links);
      else missing.push({ session, version, links: [] });
    }
    if (missing.length === 0) return found;
    for (const one of missing) found.set(one.session.ix, one.links);
    const [one] = missing;
    const readers = missing.length === 1 && one !== undefined ? this.readers.about(one.session.ix) : this.readers;
    const rows = await readers.rows<AgentLink>(`WITH ${linksSql(missing.map(({ session }) => session))} SELECT * FROM links`);
    for (const row of rows) (found.get(row.session_ix) as AgentLink[]).push(row);
    for (const { session, version, links } of missing) if (version !== undefined) this.known.set(session.ix, { version, links });
    return found;
  }
}
