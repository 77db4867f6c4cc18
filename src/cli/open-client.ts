// Finds the daemon of a data directory, or opens its index where none runs.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../core/alive.ts';
import { LakeError } from '../core/errors.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { ApiClient } from './api-client.ts';
import { readDaemonFile, readToken } from './daemon-file.ts';
import type { DaemonModule } from '../daemon/port.ts';
import { embeddedClient } from './embedded-client.ts';
import { HttpClient } from './http-client.ts';

/** Null where no daemon answers. */
export async function openDaemonClient(settings: Settings): Promise<HttpClient | null> {
  const daemon = readDaemonFile(settings.dataDir);
  // A crash leaves daemon.json behind, and by now its port may be another daemon's.
  if (daemon === null || !isAlive(daemon.pid)) return null;
  const client = new HttpClient(daemon, readToken(settings));
  if (await client.answers()) return client;
  await client.close();
  return null;
}

/** Throws `unreachable` where there is neither a daemon nor an index. */
export async function openClient(settings: Settings, loadDaemon: () => Promise<DaemonModule>): Promise<ApiClient> {
  const client = await openDaemonClient(settings);
  if (client !== null) return client;
  if (!hasIndex(settings)) throw noIndex(settings);
  const { openEmbedded } = await loadDaemon();
  try {
    return embeddedClient(await openEmbedded(settings));
  } catch (error) {
    if (!(error instanceof LakeError) || error.code !== 'already_running') throw error;
    throw new LakeError('unreachable', `A daemon holds ${settings.dataDir} but does not answer yet. ${error.message}`, {
      hint: 'It is starting or stopping: try again in a moment.', cause: error,
    });
  }
}

/** For who makes an index that was lost again from the archive. Throws `unreachable` where there is neither: the folder is another one, or nothing was ever started. */
export function requireLake(settings: Settings): void {
  if (!hasIndex(settings) && !hasParts(join(settings.dataDir, 'archive'))) throw noIndex(settings);
}

function hasIndex({ dataDir }: Settings): boolean {
  return existsSync(join(dataDir, 'index.duckdb'));
}

function hasParts(archive: string): boolean {
  return existsSync(archive) && readdirSync(archive, { recursive: true, encoding: 'utf8' }).some((path) => path.includes('.parquet'));
}

function noIndex(settings: Settings): LakeError {
  return noDaemon(settings, 'No daemon is running, and there is no index yet');
}

export function noDaemon(settings: Settings, what = 'No daemon is running'): LakeError {
  return new LakeError('unreachable', `${what} (data directory ${settings.dataDir}).`, {
    hint: 'Start it with "sessionlake start", or pass the --data-dir of the one that runs.',
  });
}
