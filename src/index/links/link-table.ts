// All that is told of how agents began, of every session: some 200 bytes an agent. Read once, and from then on it follows
// the commits: a first look at a session asks the tables nothing.

import { UniqueTexts } from '../../core/columns/unique-texts.ts';
import type { CommitChange } from '../follow/commit-changes.ts';
import type { Following } from '../follow/followed.ts';
import type { AgentDirectory } from '../names/directories.ts';
import { nativeIdOf } from '../names/directories.ts';
import type { LinkFacts } from './link-agents.ts';
import type { SessionName } from '../names/session-name.ts';
import { ToldAgents } from './told-agents.ts';
import { SidecarTable } from './sidecar-table.ts';
import { TaskRows } from './task-rows.ts';

export class LinkTable implements Following {
  private readonly texts = new UniqueTexts();
  readonly agents = new ToldAgents(this.texts);
  readonly tasks = new TaskRows(this.texts);
  readonly sidecars = new SidecarTable(this.texts);

  commit({ beginnings }: Pick<CommitChange, 'beginnings'>): void {
    for (const { agent, session } of beginnings.agents) this.agents.add(agent, session);
    for (const origin of beginnings.origins) this.agents.addOrigin(origin);
    // As the tables have times.
    for (const link of beginnings.links) this.agents.addLink({ ...link, at: Math.trunc(link.at) });
    for (const task of beginnings.tasks) this.tasks.add({ ...task, at: Math.trunc(task.at) });
    for (const sidecar of beginnings.sidecars) this.sidecars.set(sidecar);
  }

  /** The archive tells nothing of agents. */
  addPart(): boolean {
    return true;
  }

  of(session: SessionName, names: Pick<AgentDirectory, 'idOf'>): LinkFacts {
    const { ix, source } = session;
    const native = nativeIdOf(session);
    const agents = this.agents.of(ix);
    const own = agents.map((agent) => ({ session_ix: ix, agent_ix: agent, id: names.idOf(agent) as string }));
    return {
      own,
      sidecars: own.flatMap(({ id }) => this.sidecars.of({ source, session: native, agent: id })),
      tasks: this.tasks.of(ix),
      origins: agents.map((agent) => this.agents.originOf(agent)),
      links: agents.flatMap((agent) => this.agents.linksOf(agent)),
    };
  }
}
