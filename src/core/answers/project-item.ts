// A project in lists, as JSON.

import type { Usage } from './record.ts';

export interface ProjectItem {
  id: string;
  source: string;
  /** The newest working directory seen, the readable name of the project. */
  cwd: string | null;
  session_count: number;
  usage: Usage;
  calls: number;
  cost_usd: number | null;
  /** Of the calls, those without a known price: the cost leaves them out. */
  unpriced_calls: number;
  first_activity: string | null;
  last_activity: string | null;
}
