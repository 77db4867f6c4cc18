// What makers' service tiers cost, in multiples of their standard prices, as their price pages said in autumn 2026. The
// bundled list does not have them.

const TIERS: readonly { model: RegExp; tiers: Readonly<Record<string, number>> }[] = [
  // Anthropic: batches at half price; the fast mode of the newest Opus models at six times.
  { model: /claude-opus-4-[6-9]/i, tiers: { batch: 0.5, fast: 6 } },
  { model: /claude/i, tiers: { batch: 0.5 } },
  // OpenAI: batch and flex at half price, priority of GPT-5 at twice.
  { model: /gpt-5/i, tiers: { batch: 0.5, flex: 0.5, priority: 2 } },
  { model: /(^|\/)(gpt-|o\d|codex)/i, tiers: { batch: 0.5, flex: 0.5 } },
  { model: /gemini/i, tiers: { batch: 0.5 } },
];

/** Those of a model that are known; empty where none is. */
export function serviceTiersOf(model: string): Readonly<Record<string, number>> {
  return TIERS.find((entry) => entry.model.test(model))?.tiers ?? {};
}
