// The daemon's log: to stderr, as stdout is for data, and into a ring that can be asked for. A terminal gets
// only what somebody should look at.

import { pino } from 'pino';
import type { Logger } from '../core/logger.ts';
import type { Settings } from '../core/settings/settings.ts';
import { LogRing } from './log-ring.ts';

export interface DaemonLog {
  logger: Logger;
  ring: LogRing;
}

export function daemonLog(settings: Pick<Settings, 'logLevel'>): DaemonLog {
  const ring = new LogRing();
  const shown = settings.logLevel === 'info' && process.stderr.isTTY ? 'warn' : settings.logLevel;
  // What is asked for is in the ring even where little is shown.
  const held = settings.logLevel === 'debug' || settings.logLevel === 'trace' ? settings.logLevel : 'info';
  const streams = [
    ...(shown === 'silent' ? [] : [{ level: shown, stream: pino.destination({ fd: 2, sync: true }) }]),
    { level: held, stream: ring },
  ];
  const logger = pino({ level: held, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.multistream(streams));
  return { logger: logger as unknown as Logger, ring };
}
