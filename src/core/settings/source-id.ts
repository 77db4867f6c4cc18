// The names of the sources there are. Each has an adapter in src/sources, which the registry's type sees to.

export const SOURCE_IDS = ['claude-code', 'codex', 'copilot', 'pi', 'gemini', 'qwen', 'droid', 'cursor', 'kimi', 'opencode', 'amp', 'claude-ai', 'chatgpt', 'jsonl'] as const;

export type SourceId = (typeof SOURCE_IDS)[number];
