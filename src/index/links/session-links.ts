// The agents of sessions with what started each, kept as long as nothing more is told of how agents began.

import { LRUCache } from 'lru-cache';
import type { Versions } from '../../core/answers/versions.ts';
import type { CommitChanges } from '../follow/commit-changes.ts';
import { Followed } from '../follow/followed.ts';
import type { Directories } from '../names/directories.ts';
import { linkAgents } from './link-agents.ts';
import type { AgentLink } from './link-agents.ts';
import type { LinkTable } from './link-table.ts';
import { readLinkTable } from './read-link-table.ts';
import type { Readers } from '../store/readers.ts';
import type { SessionName } from '../names/session-name.ts';

/** Making them again costs some microseconds an agent. */
const MAX_AGENTS = 5_000;

interface Known {
  version: string;
  links: readonly AgentLink[];
}

export interface SessionLinksParts {
  readers: Readers;
  names: Pick<Directories, 'agents'>;
  /** Without them no answer is kept. */
  versions: Pick<Versions, 'links'> | undefined;
  /** Null where nobody tells of changes: everything is read for every answer. */
  changes: CommitChanges | null;
}

export class SessionLinks {
  private readonly names: Pick<Directories, 'agents'>;
  private readonly versions: Pick<Versions, 'links'> | undefined;
  private readonly table: Followed<LinkTable>;
  private readonly known = new LRUCache<number, Known>({ maxSize: MAX_AGENTS, sizeCalculation: ({ links }) => links.length + 1 });

  constructor({ readers, names, versions, changes }: SessionLinksParts) {
    this.names = names;
    this.versions = versions;
    this.table = new Followed(changes, () => readers.ahead((connection) => readLinkTable(connection)));
  }

  /** Resolves when everything is held that was told. */
  async current(): Promise<void> {
    await this.table.current();
  }

  async of(session: SessionName): Promise<readonly AgentLink[]> {
    return (await this.ofAll([session])).get(session.ix) ?? [];
  }

  /** By session; one without agents may be absent. */
  async ofAll(sessions: readonly SessionName[]): Promise<Map<number, readonly AgentLink[]>> {
    const found = new Map<number, readonly AgentLink[]>();
    const missing: { session: SessionName; version: string | undefined }[] = [];
    for (const session of sessions) {
      if (!this.names.agents.has(session.ix)) continue;
      const version = this.versions?.links(session.id);
      const known = this.known.get(session.ix);
      if (known !== undefined && known.version === version) found.set(session.ix, known.links);
      else missing.push({ session, version });
    }
    if (missing.length === 0) return found;
    const table = await this.table.current();
    for (const { session, version } of missing) {
      const links = linkAgents(table.of(session, this.names.agents));
      found.set(session.ix, links);
      if (version !== undefined) this.known.set(session.ix, { version, links });
    }
    return found;
  }
}
