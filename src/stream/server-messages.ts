// What the server says over the WebSocket, as JSON text. Lake offsets are decimal strings outside.
// Events are put together by hand: their data is the larger part and is serialised once for all.

import type { Job } from '../core/answers/jobs.ts';

export type GapReason = 'epoch' | 'retention' | 'future';

export function helloMessage(epoch: string, top: number, version: string): string {
  return JSON.stringify({ type: 'hello', epoch, top: String(top), version });
}

export interface Subscribed {
  id: string;
  epoch: string;
  /** Events follow with offsets after this one; the first event's `prev`. */
  from: number;
  top: number;
  /** The client was given the offset it asked to go on from. */
  recovered: boolean;
}

export function subscribedMessage({ id, epoch, from, top, recovered }: Subscribed): string {
  return JSON.stringify({ type: 'subscribed', id, epoch, from: String(from), top: String(top), recovered });
}

/** The last message of a subscription. `sent`: the last offset sent on it; at first, where it began. None where it followed jobs. */
export function unsubscribedMessage(id: string, sent?: number): string {
  return JSON.stringify({ type: 'unsubscribed', id, ...(sent === undefined ? {} : { sent: String(sent) }) });
}

/** How followed jobs stand at first. */
export function jobsMessage(id: string, items: readonly Job[]): string {
  return JSON.stringify({ type: 'jobs', id, items });
}

/** A job that changed. */
export function jobMessage(id: string, data: Job): string {
  return JSON.stringify({ type: 'job', id, data });
}

export interface Gap {
  id: string;
  reason: GapReason;
  /** The offset the client asked for, in its own words. */
  from: string;
  /** Where the subscription goes on. */
  to: number;
  top: number;
}

export function gapMessage({ id, reason, from, to, top }: Gap): string {
  return JSON.stringify({ type: 'gap', id, reason, from, to: String(to), top: String(top) });
}

export function heartbeatMessage(top: number, sent: ReadonlyMap<string, number>): string {
  const last: [string, string][] = [];
  for (const [id, offset] of sent) last.push([id, String(offset)]);
  return JSON.stringify({ type: 'heartbeat', top: String(top), sent: Object.fromEntries(last) });
}

export function errorMessage(code: string, message: string, id?: string): string {
  return JSON.stringify({ type: 'error', id, code, message });
}

export const PONG_MESSAGE = '{"type":"pong"}';

/** `idJson` and `data` are JSON already. */
export function eventMessage(idJson: string, offset: number | string, prev: number, data: string): string {
  return `${eventHead(idJson, offset, prev)}${data}}`;
}

/** An event up to its data; after that comes only the closing brace. */
export function eventHead(idJson: string, offset: number | string, prev: number): string {
  return `{"type":"event","id":${idJson},"offset":"${offset}","prev":"${prev}","data":`;
}
