// Copilot CLI tells a call's output with its message, and everything else only when a process ends: one
// record with the process's tokens by model. Messages count as they come; the end counts what they did not.

import type { JsonObject, ModelCall, UsageNumbers } from '../adapter.ts';
import { countOf, objectOf } from '../json-value.ts';
import type { CopilotState } from './state.ts';

export function messageUsage(output: number): UsageNumbers {
  return { input: 0, output, cacheCreation: 0, cacheRead: 0, cacheCreation1h: 0 };
}

/** By model, what the process used beyond what its messages told; the model in use first. `event`: the record's id. */
export function restOfProcess(shutdown: JsonObject, event: string, state: CopilotState): ModelCall[] {
  const metrics = objectOf(shutdown['modelMetrics']);
  if (metrics === null) return [];
  const models = Object.keys(metrics).toSorted((a, b) => Number(b === shutdown['currentModel']) - Number(a === shutdown['currentModel']));
  // What was told under a name that the end does not know is one of its models' all the same.
  let unknown = state.spoken.filter(({ model }) => model === null || !models.includes(model)).reduce((sum, { output }) => sum + output, 0);
  return models.map((model) => {
    const usage = usageOf(objectOf(objectOf(metrics[model])?.['usage']));
    usage.output -= Math.min(usage.output, state.spoken.find((spoken) => spoken.model === model)?.output ?? 0);
    const known = Math.min(usage.output, unknown);
    usage.output -= known;
    unknown -= known;
    return { model, usage, callId: `copilot:${event}:${model}` };
  }).filter(({ usage }) => usage.input + usage.output + usage.cacheCreation + usage.cacheRead > 0);
}

/** The input has both kinds of cache in it; reasoning is part of the output. */
function usageOf(told: JsonObject | null): UsageNumbers {
  const input = countOf(told?.['inputTokens']);
  const cacheRead = Math.min(input, countOf(told?.['cacheReadTokens']));
  const cacheCreation = Math.min(input - cacheRead, countOf(told?.['cacheWriteTokens']));
  return { input: input - cacheRead - cacheCreation, output: countOf(told?.['outputTokens']), cacheCreation, cacheRead, cacheCreation1h: 0 };
}
