// What a client may say over the WebSocket, parsed strictly: a misspelt key is refused rather than
// ignored, because a filter that silently does nothing looks like a lake full of the wrong records.
// A message that makes no sense ends the connection; a subscription that cannot be is only refused.

import type { Content } from '../core/answers/record.ts';
import type { StreamFilter } from './stream-filter.ts';

export interface SubscribeMessage {
  type: 'subscribe';
  id: string;
  filter: StreamFilter;
  content: Content;
  epoch?: string;
  /** Decimal digits, as the client wrote them: it may name an offset beyond any number. */
  offset?: string;
}

export interface FollowJobsMessage {
  type: 'follow_jobs';
  id: string;
  /** This one alone. */
  job?: string;
}

export type ClientMessage =
  | { type: 'auth'; token: string }
  | SubscribeMessage
  | FollowJobsMessage
  | { type: 'unsubscribe'; id: string }
  | { type: 'ping' };

/** `subscription` is set where only that subscription is refused and the connection goes on. */
export class MessageError extends Error {
  readonly subscription: string | undefined;

  constructor(message: string, subscription?: string) {
    super(message);
    this.name = 'MessageError';
    this.subscription = subscription;
  }
}

export const ID_MAX_LENGTH = 128;
export const FILTER_VALUES_MAX = 64;
const VALUE_MAX_LENGTH = 1024;

const KEYS: Record<ClientMessage['type'], readonly string[]> = {
  auth: ['type', 'token'],
  subscribe: ['type', 'id', 'filter', 'content', 'epoch', 'offset'],
  follow_jobs: ['type', 'id', 'job'],
  unsubscribe: ['type', 'id'],
  ping: ['type'],
};
const FILTER_KEYS: readonly string[] = ['session', 'project', 'source', 'types', 'tools'];
const CONTENTS: readonly string[] = ['none', 'text', 'raw'] satisfies Content[];

type Fields = Readonly<Record<string, unknown>>;

/** Throws `MessageError`. */
export function parseClientMessage(text: string): ClientMessage {
  const fields = fieldsOf(parseJson(text));
  if (fields === null) throw new MessageError('A message is a JSON object with a "type".');
  const type = fields['type'];
  if (!isMessageType(type)) {
    throw new MessageError(`Unknown message type ${show(type)}: one of ${Object.keys(KEYS).join(', ')}.`);
  }
  refuseUnknownKeys(fields, KEYS[type], type);
  if (type === 'ping') return { type };
  if (type === 'auth') return { type, token: authToken(fields) };
  const id = subscriptionId(fields, type);
  if (type === 'unsubscribe') return { type, id };
  return type === 'follow_jobs' ? followJobsMessage(fields, id) : subscribeMessage(fields, id);
}

function followJobsMessage(fields: Fields, id: string): FollowJobsMessage {
  const { job } = fields;
  return job === undefined ? { type: 'follow_jobs', id } : { type: 'follow_jobs', id, job: nonEmpty(job, 'job', id) };
}

function subscribeMessage(fields: Fields, id: string): SubscribeMessage {
  const message: SubscribeMessage = {
    type: 'subscribe',
    id,
    filter: filterOf(fields['filter'], id),
    content: contentOf(fields['content'], id),
  };
  const { epoch, offset } = fields;
  if (epoch !== undefined) message.epoch = nonEmpty(epoch, 'epoch', id);
  if (offset !== undefined) {
    if (typeof offset !== 'string' || !/^\d{1,40}$/.test(offset)) {
      throw new MessageError(`"offset" is a string of decimal digits, not ${show(offset)}.`, id);
    }
    message.offset = offset;
  }
  return message;
}

function filterOf(value: unknown, id: string): StreamFilter {
  if (value === undefined) return {};
  const fields = fieldsOf(value);
  if (fields === null) throw new MessageError(`"filter" is an object, not ${show(value)}.`, id);
  refuseUnknownKeys(fields, FILTER_KEYS, 'filter');
  const filter: StreamFilter = {};
  for (const key of ['session', 'project', 'source'] as const) {
    if (fields[key] !== undefined) filter[key] = nonEmpty(fields[key], `filter.${key}`, id);
  }
  for (const key of ['types', 'tools'] as const) {
    const values = valuesOf(fields[key], `filter.${key}`, id);
    // An empty list restricts nothing, as if it were not there.
    if (values.length > 0) filter[key] = values;
  }
  return filter;
}

function valuesOf(value: unknown, name: string, id: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new MessageError(`"${name}" is a list of strings, not ${show(value)}.`, id);
  if (value.length > FILTER_VALUES_MAX) {
    throw new MessageError(`"${name}" holds ${value.length} values; at most ${FILTER_VALUES_MAX}.`, id);
  }
  return value.map((item: unknown) => nonEmpty(item, name, id));
}

function contentOf(value: unknown, id: string): Content {
  if (value === undefined) return 'text';
  if (isContent(value)) return value;
  throw new MessageError(`Unknown content ${show(value)}: one of ${CONTENTS.join(', ')}.`, id);
}

function subscriptionId(fields: Fields, type: string): string {
  const id = fields['id'];
  if (typeof id === 'string' && id.length > 0 && id.length <= ID_MAX_LENGTH) return id;
  throw new MessageError(`"${type}" needs an "id": a string of 1 to ${ID_MAX_LENGTH} characters.`);
}

/** One that is missing is as wrong as any: the empty text is nobody's token. */
function authToken({ token }: Fields): string {
  return typeof token === 'string' ? token : '';
}

function nonEmpty(value: unknown, name: string, id: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= VALUE_MAX_LENGTH) return value;
  throw new MessageError(`"${name}" holds 1 to ${VALUE_MAX_LENGTH} characters, not ${show(value)}; leave it out to ask for all.`, id);
}

function refuseUnknownKeys(fields: Fields, known: readonly string[], where: string): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new MessageError(`Unknown key ${show(unknown)} in ${where}: one of ${known.join(', ')}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MessageError('The message is not JSON.');
  }
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function isMessageType(value: unknown): value is ClientMessage['type'] {
  return typeof value === 'string' && Object.hasOwn(KEYS, value);
}

function isContent(value: unknown): value is Content {
  return typeof value === 'string' && CONTENTS.includes(value);
}

/** A value in a message, short. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}
