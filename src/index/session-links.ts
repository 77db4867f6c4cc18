// The agents of sessions with what started each, kept as long as nothing more is told of how agents began.

import { LRUCache } from 'lru-cache';
import { grouped } from '../core/grouped.ts';
import type { Versions } from '../core/versions.ts';
import type { Directories } from './commit-rows.ts';
import { nativeIdOf } from './directories.ts';
import { linkAgents } from './link-agents.ts';
import type { AgentLink, AgentOrigin, OwnAgent, SidecarFacts, ToldLink, ToldTask } from './link-agents.ts';
import type { Ask, Readers } from './readers.ts';
import type { SessionName } from './session-name.ts';

const MAX_AGENTS = 20_000;

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
    const read = await readers.use((_connection, ask) => readLinks(ask, missing.map(({ session }) => session)));
    for (const { session, links } of missing) links.push(...(read.get(session.ix) ?? []));
    for (const { session, version, links } of missing) if (version !== undefined) this.known.set(session.ix, { version, links });
    return found;
  }
}

/** By session. */
async function readLinks(ask: Ask, sessions: readonly SessionName[]): Promise<Map<number, AgentLink[]>> {
  const scope = `session_ix IN (${sessions.map(({ ix }) => ix).join(',')})`;
  const own = await ask<OwnAgent>(`SELECT session_ix, agent_ix, id FROM agents WHERE ${scope} ORDER BY agent_ix`);
  if (own.length === 0) return new Map();
  const sessionOf = new Map(own.map(({ agent_ix: agent, session_ix: session }) => [agent, session]));
  const ofOwn = `agent_ix IN (${[...sessionOf.keys()].join(',')})`;
  const origins = grouped(await ask<AgentOrigin>(`SELECT agent_ix, prompt, run FROM agent_origins WHERE ${ofOwn}`), ({ agent_ix: agent }) => sessionOf.get(agent));
  const links = grouped(await ask<ToldLink>(`SELECT agent_ix, at_ms::DOUBLE AS at_ms, line, tool_use_id, rule, parent_agent_ix FROM agent_links WHERE ${ofOwn}`), ({ agent_ix: agent }) => sessionOf.get(agent));
  const tasks = grouped(await ask<ToldTask & { session_ix: number }>(`SELECT session_ix, at_ms::DOUBLE AS at_ms, line, tool_use_id, agent_type, description, run, agent_ix, prompt FROM tasks WHERE ${scope}`), (task) => task.session_ix);
  const sidecars = await readSidecars(ask, sessions);
  return new Map([...grouped(own, (agent) => agent.session_ix)].map(([ix, agents]) => [ix, linkAgents({ own: agents, sidecars: sidecars.get(ix) ?? [], tasks: tasks.get(ix) ?? [], origins: origins.get(ix) ?? [], links: links.get(ix) ?? [] })]));
}

/** By session, of each path the newest: whose a sidecar is its path says. */
async function readSidecars(ask: Ask, sessions: readonly SessionName[]): Promise<Map<number, SidecarFacts[]>> {
  const ixOf = new Map(sessions.map((session) => [nameOf(session.source, nativeIdOf(session)), session.ix]));
  const rows = await ask<SidecarFacts & { seq: number; source: string; session: string }>(
    `SELECT seq::DOUBLE AS seq, source, session, agent, root, path, modified_ms::DOUBLE AS modified_ms, tool_use_id, agent_type, description FROM sidecars WHERE session IN (${sessions.map((session) => text(nativeIdOf(session))).join(',')})`,
  );
  const newest = new Map<number, SidecarFacts[]>();
  for (const [session, some] of grouped(rows, (row) => ixOf.get(nameOf(row.source, row.session)))) {
    if (session !== undefined) newest.set(session, [...grouped(some, ({ root, path }) => nameOf(root, path)).values()].map((versions) => versions.reduce((a, b) => (b.seq > a.seq ? b : a))));
  }
  return newest;
}

function nameOf(...parts: readonly string[]): string {
  return parts.join('\n');
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
