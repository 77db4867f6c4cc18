// OpenCode's older storage: a JSON file for each session, each message and each part of one. The files of a session
// are found in any order, so the first of them tells the whole session as it is on disk, its messages in
// their order, and a later one its message, if it changed since.

import type { JsonObject } from '../adapter.ts';
import type { DocumentItem, DocumentReader } from '../document.ts';
import { objectOf, stringOf } from '../json-value.ts';
import { logOf } from './log.ts';

/** Below `storage`, or right below the root where that is it. */
const STORED = /^(.*\/storage\/|storage\/|)(session|message|part)\/([^/]+)\/([^/]+)\.json$/;
/** A file system's times are coarser than the clock. */
const CLOCK_SLACK_MS = 2000;

export function isStored(path: string): boolean {
  return STORED.test(path);
}

export async function* storedItems(path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  const [, storage, kind, folder, stem] = STORED.exec(path) as unknown as [string, string, 'session' | 'message' | 'part', string, string];
  const chunks: Uint8Array[] = [];
  for await (const chunk of document.bytes()) chunks.push(chunk);
  const value = objectOf(JSON.parse(withoutMark(Buffer.concat(chunks).toString('utf8'))));
  if (value === null) return null;
  const tree = new StoredTree(document, storage);
  if (kind === 'session') yield* tree.session(stem, () => tree.head(stem, value));
  else if (kind === 'message') yield* tree.session(folder, () => tree.message(folder, stem, value));
  else {
    const named = stringOf(value['sessionID']);
    const session = await tree.sessionOf(folder, named);
    if (session !== null) yield* tree.session(session, () => tree.messageOfPart(session, folder, stem, value));
    else if (named !== null) yield await tree.lonePart(named, stem, value);
    // Else nobody knows whose it is, before its message comes and brings it.
  }
  return null;
}

class StoredTree {
  private readonly document: DocumentReader;
  /** With a slash at its end, or empty. */
  private readonly storage: string;

  constructor(document: DocumentReader, storage: string) {
    this.document = document;
    this.storage = storage;
  }

  /** `changed`: what the document says by itself. */
  async *session(id: string, changed: () => Promise<DocumentItem>): AsyncGenerator<DocumentItem, void> {
    const { notes, changedMs } = this.document;
    const key = `told:${this.storage}${id}`;
    const since = notes.get(key);
    if (since !== undefined) {
      if (changedMs > Number(since) - CLOCK_SLACK_MS) yield await changed();
      return;
    }
    const began = Date.now();
    const head = await this.readSession(id);
    if (head !== null) yield await this.head(id, head);
    const messages: { id: string; info: JsonObject; ms: number }[] = [];
    for (const name of await this.document.files(`${this.storage}message/${id}`)) {
      const info = name.endsWith('.json') ? await this.read(`message/${id}/${name}`) : null;
      const created = objectOf(info?.['time'])?.['created'];
      if (info !== null) messages.push({ id: name.slice(0, -'.json'.length), info, ms: typeof created === 'number' ? created : 0 });
    }
    for (const message of messages.toSorted((a, b) => a.ms - b.ms)) yield await this.message(id, message.id, message.info);
    // Only now: who does not read to the end was not told it.
    notes.set(key, began);
  }

  async head(id: string, session: JsonObject): Promise<DocumentItem> {
    return { log: await this.logOf(id), key: `session:${id}`, value: { session } };
  }

  async message(session: string, id: string, info: JsonObject): Promise<DocumentItem> {
    const folder = `part/${id}`;
    const parts: JsonObject[] = [];
    for (const name of await this.document.files(`${this.storage}${folder}`)) {
      const part = name.endsWith('.json') ? await this.read(`${folder}/${name}`) : null;
      if (part !== null) parts.push(part);
    }
    return { log: await this.logOf(session), key: `message:${id}`, value: { info: { id, ...info }, parts } };
  }

  async messageOfPart(session: string, message: string, id: string, part: JsonObject): Promise<DocumentItem> {
    const info = await this.read(`message/${session}/${message}.json`);
    return info === null ? this.lonePart(session, id, part) : this.message(session, message, info);
  }

  /** A part whose message is not there stands for itself. */
  async lonePart(session: string, id: string, part: JsonObject): Promise<DocumentItem> {
    return { log: await this.logOf(session), key: `part:${id}`, value: { part } };
  }

  /** The session in which the message is; null where it is not there. `named`: what the part says. */
  async sessionOf(message: string, named: string | null): Promise<string | null> {
    for (const session of named === null ? await this.document.folders(`${this.storage}message`) : [named]) {
      if ((await this.read(`message/${session}/${message}.json`)) !== null) return session;
    }
    return null;
  }

  /** In the folder of the session that it goes back to: itself where nothing that is there started it, or parents lead in a circle. */
  private async logOf(session: string): Promise<string> {
    const met = new Set<string>();
    let at = session;
    for (let parent = await this.parentOf(session); parent !== null && (await this.readSession(parent)) !== null; parent = await this.parentOf(at)) {
      if (met.has(parent)) return logOf(session);
      met.add(parent);
      at = parent;
    }
    return logOf(session, at);
  }

  private async parentOf(session: string): Promise<string | null> {
    return stringOf((await this.readSession(session))?.['parentID']);
  }

  private async readSession(id: string): Promise<JsonObject | null> {
    const { notes } = this.document;
    // Its folder is named by a project, which messages do not tell.
    const key = `place:${this.storage}${id}`;
    const place = notes.get(key);
    const known = place === undefined ? null : await this.read(String(place));
    if (known !== null) return known;
    for (const project of await this.document.folders(`${this.storage}session`)) {
      const found = `session/${project}/${id}.json`;
      const value = await this.read(found);
      if (value === null) continue;
      notes.set(key, found);
      return value;
    }
    return null;
  }

  /** What is being written is absent until it is whole: then it is read for its own sake. */
  private async read(path: string): Promise<JsonObject | null> {
    const text = await this.document.other(`${this.storage}${path}`);
    try {
      return text === null ? null : objectOf(JSON.parse(withoutMark(text)));
    } catch {
      return null;
    }
  }
}

/** Some editors put a byte order mark before what they write. */
function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
