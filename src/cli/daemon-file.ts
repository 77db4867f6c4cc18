// What a running daemon leaves in its data directory for others to find it: daemon.json and the token.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LakeError, systemCode } from '../core/errors.ts';
import type { Settings } from '../core/settings/settings.ts';

export interface DaemonFile {
  pid: number;
  url: string;
  version: string;
  startedAt: string;
  epoch: string;
}

/** Null where no daemon left one, or where what is there is not one: then none can be found by it. */
export function readDaemonFile(dataDir: string): DaemonFile | null {
  const text = readText(join(dataDir, 'daemon.json'));
  if (text === null) return null;
  try {
    const { pid, url, version, started_at: startedAt, epoch } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 1 || typeof url !== 'string' || !URL.canParse(url)) return null;
    return { pid, url, version: asText(version), startedAt: asText(startedAt), epoch: asText(epoch) };
  } catch {
    return null;
  }
}

/** The token of the settings, else the one the daemon made; null where there is none. */
export function readToken(settings: Settings): string | null {
  if (settings.token !== null) return settings.token;
  const token = readText(join(settings.dataDir, 'token'))?.trim();
  return token === undefined || token === '' ? null : token;
}


function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new LakeError('config', `${path} cannot be read (${code ?? 'unknown error'}).`, {
      hint: 'It belongs to the user who runs the daemon: run this as the same user, or pass --data-dir.', cause: error,
    });
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
