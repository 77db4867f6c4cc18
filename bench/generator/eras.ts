// What a Claude Code version writes. The log format drifted with the versions;
// an era is one point on that way, with everything the generator varies by.

export interface Era {
  version: string;
  models: readonly string[];
  agentModels: readonly string[];
  /** inline: sidechain lines in the main file; flat: agent files beside it; directory: under <session>/subagents/. */
  agentLayout: 'inline' | 'flat' | 'directory';
  agentIdPrefix: string;
  agentIdHexChars: number;
  agentTool: 'Task' | 'Agent';
  meta: 'none' | 'basic' | 'linked';
  progressLines: boolean;
  attachmentLines: boolean;
  queueLines: boolean;
  permissionLines: boolean;
  snapshotLines: boolean;
  turnDuration: boolean;
  titles: 'summary' | 'ai-title';
  /** Old logs give cache_creation_input_tokens without the split by lifetime. */
  cacheCreationObject: boolean;
  cacheLifetime: '5m' | '1h';
  stopReasonOnLast: boolean;
  usageDetails: boolean;
  /** Newer versions write the envelope after the body. */
  envelopeLast: boolean;
  slug: boolean;
}

const FIRST: Era = {
  version: '1.0.88',
  models: ['claude-opus-4-1-20250805', 'claude-sonnet-4-20250514'],
  agentModels: ['claude-sonnet-4-20250514'],
  agentLayout: 'inline',
  agentIdPrefix: '',
  agentIdHexChars: 8,
  agentTool: 'Task',
  meta: 'none',
  progressLines: false,
  attachmentLines: false,
  queueLines: false,
  permissionLines: false,
  snapshotLines: false,
  turnDuration: false,
  titles: 'summary',
  cacheCreationObject: false,
  cacheLifetime: '5m',
  stopReasonOnLast: false,
  usageDetails: false,
  envelopeLast: false,
  slug: false,
};

const FLAT: Era = {
  ...FIRST,
  version: '2.0.37',
  models: ['claude-sonnet-4-5-20250929', 'claude-opus-4-1-20250805'],
  agentModels: ['claude-haiku-4-5-20251001', 'claude-sonnet-4-5-20250929'],
  agentLayout: 'flat',
  queueLines: true,
  snapshotLines: true,
  cacheCreationObject: true,
};

const LATE_FLAT: Era = { ...FLAT, version: '2.0.64', models: ['claude-opus-4-5-20251101', 'claude-sonnet-4-5-20250929'], slug: true };

const DIRECTORY: Era = {
  ...LATE_FLAT,
  version: '2.1.17',
  agentLayout: 'directory',
  agentIdPrefix: 'a',
  agentIdHexChars: 6,
  progressLines: true,
  turnDuration: true,
};

const META: Era = {
  ...DIRECTORY,
  version: '2.1.62',
  models: ['claude-opus-4-6', 'claude-sonnet-4-6'],
  agentIdHexChars: 16,
  agentTool: 'Agent',
  meta: 'basic',
  stopReasonOnLast: true,
  cacheLifetime: '1h',
};

const ATTACHMENTS: Era = {
  ...META,
  version: '2.1.114',
  models: ['claude-opus-4-7', 'claude-sonnet-4-6'],
  progressLines: false,
  attachmentLines: true,
  permissionLines: true,
  titles: 'ai-title',
  usageDetails: true,
  envelopeLast: true,
};

const LINKED: Era = { ...ATTACHMENTS, version: '2.1.181', meta: 'linked' };

/** Oldest first. */
export const ERAS: readonly Era[] = [FIRST, FLAT, LATE_FLAT, DIRECTORY, META, ATTACHMENTS, LINKED];

export function eraOf(version: string): Era {
  const era = ERAS.find((candidate) => candidate.version === version);
  if (era === undefined) throw new Error(`no era for version ${version}; there are ${ERAS.map((e) => e.version).join(', ')}`);
  return era;
}

/** The era for a point in a time range: old versions early, new ones late. */
export function eraAt(fraction: number): Era {
  const index = Math.min(ERAS.length - 1, Math.max(0, Math.floor(fraction * ERAS.length)));
  return ERAS[index] as Era;
}
