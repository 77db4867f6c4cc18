// Usage sums as SQL and as JSON.

import type { Usage } from '../../core/answers/record.ts';

export interface UsageSums {
  input: number | null;
  output: number | null;
  cache_creation: number | null;
  cache_read: number | null;
  calls: number | null;
}

/** Sums over usage, optionally only of rows where `condition` holds, named with a prefix. */
export function usageSumsSql(prefix = '', condition = ''): string {
  const only = condition === '' ? '' : ` FILTER (${condition})`;
  return ['calls', 'input', 'output', 'cache_creation', 'cache_read'].map((name) => `sum(${name})${only}::DOUBLE AS ${prefix}${name}`).join(', ');
}

export function usageOf(sums: Omit<UsageSums, 'calls'>): Usage {
  return {
    input_tokens: sums.input ?? 0,
    output_tokens: sums.output ?? 0,
    cache_creation_input_tokens: sums.cache_creation ?? 0,
    cache_read_input_tokens: sums.cache_read ?? 0,
  };
}
