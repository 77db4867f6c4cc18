// The WebSocket messages a client meets, and what each way of ending means for it.

import type { Content, LakeRecord } from '../core/answers/record.ts';

export interface LiveFilter {
  session?: string;
  project?: string;
  source?: string;
  types?: string[];
  tools?: string[];
}

export interface Subscription {
  filter: LiveFilter;
  content: Content;
}

export type ServerMessage =
  | { type: 'hello'; epoch: string; top: string; version: string }
  | { type: 'subscribed'; id: string; epoch: string; from: string; top: string; recovered: boolean }
  | { type: 'event'; id: string; offset: string; prev: string; data: LakeRecord }
  | { type: 'gap'; id: string; reason: string; from: string; to: string; top: string }
  | { type: 'heartbeat'; top: string }
  | { type: 'error'; id?: string; code: string; message: string };

/** Where a subscription stands: everything up to `offset` of this epoch was seen. */
export interface Position {
  epoch: string;
  offset: string;
}

export type CloseMeaning = { again: boolean; reason: string };

const CLOSES: Readonly<Record<number, CloseMeaning>> = {
  1000: { again: true, reason: 'the daemon closed it' },
  1001: { again: true, reason: 'the daemon is going away' },
  1006: { again: true, reason: 'the connection broke' },
  4001: { again: true, reason: 'the daemon is shutting down' },
  4008: { again: true, reason: 'this client was too slow' },
  4010: { again: true, reason: 'the daemon asked to subscribe again' },
  4012: { again: true, reason: 'a heartbeat was not answered in time' },
  4500: { again: false, reason: 'the token was refused' },
  4501: { again: false, reason: 'the daemon did not understand a message' },
  4504: { again: false, reason: 'the daemon has as many clients as it takes' },
};

export function closeMeaning(code: number): CloseMeaning {
  return CLOSES[code] ?? { again: code < 4500, reason: `the connection was closed with code ${code}` };
}
