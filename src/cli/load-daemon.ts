// Brings the daemon in, and the database and the server with it: only where a command needs them.

import type { DaemonModule } from '../daemon/port.ts';

export async function loadDaemon(): Promise<DaemonModule> {
  return import('../daemon.ts');
}
