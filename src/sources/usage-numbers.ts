import type { JsonObject, UsageNumbers } from './adapter.ts';
import { countOf } from './json-value.ts';

/** Of numbers that stand side by side, each under a name and none within another; 0 for one that is absent. */
export function usageNumbers(told: JsonObject, names: Record<'input' | 'output' | 'cacheCreation' | 'cacheRead', string>): UsageNumbers {
  return { input: countOf(told[names.input]), output: countOf(told[names.output]), cacheCreation: countOf(told[names.cacheCreation]), cacheRead: countOf(told[names.cacheRead]), cacheCreation1h: 0 };
}
