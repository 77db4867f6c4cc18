// What sums of usage can be grouped by.

export const GROUPINGS = ['day', 'week', 'month', 'hour', 'project', 'session', 'model', 'source', 'agent', 'tool'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export function isGrouping(name: string): name is Grouping {
  return (GROUPINGS as readonly string[]).includes(name);
}
