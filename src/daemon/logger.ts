// The daemon's log: to stderr, as stdout is for data, and into a ring that can be asked for. A terminal gets
// only what somebody should look at.

import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Logger } from '../core/logger.ts';
import type { Settings } from '../core/settings/settings.ts';
import { LogRing } from './log-ring.ts';

/** Of lines that could not be written yet. */
const UNWRITTEN_MAX_BYTES = 1024 * 1024;

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
    ...(shown === 'silent' ? [] : [{ level: shown, stream: standardError() }]),
    { level: held, stream: ring },
  ];
  const logger = pino({ level: held, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.multistream(streams));
  return { logger: logger as unknown as Logger, ring };
}

/** A full disk behind it is no reason to fail at what is told: the lines wait for room, and the latest are dropped. */
function standardError(): DestinationStream {
  const stream = pino.destination({ fd: 2, sync: true, maxLength: UNWRITTEN_MAX_BYTES });
  stream.on('error', () => undefined);
  return stream;
}
