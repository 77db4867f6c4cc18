// A small document beside a log, as it was when it was last read.

export interface Sidecar {
  source: string;
  root: string;
  /** Below the root. */
  path: string;
  size: number;
  modifiedMs: number;
  /** The agents' own names; the session need not be known otherwise. */
  session: string;
  agent: string;
  toolUseId: string | null;
  agentType: string | null;
  description: string | null;
}

/** What it takes to know whether it changed. */
export type SidecarMark = Pick<Sidecar, 'root' | 'path' | 'size' | 'modifiedMs'>;
