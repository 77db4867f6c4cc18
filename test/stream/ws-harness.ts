// A hub behind a real HTTP server on the loopback, and clients that keep what they were told.

import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { HubOptions } from '../../src/stream/hub-options.ts';
import { Hub } from '../../src/stream/hub.ts';
import { FakeLake, silentLogger, textOf } from './fake-lake.ts';

export const TOKEN = 'right-token';

export interface Message {
  type: string;
  id?: string;
  epoch?: string;
  top?: string;
  from?: string;
  to?: string;
  reason?: string;
  recovered?: boolean;
  offset?: string;
  prev?: string;
  code?: string;
  message?: string;
  version?: string;
  /** By subscription in a heartbeat, of one in `unsubscribed`. */
  sent?: Record<string, string> | string;
  data?: { offset: string; text: string | null; raw?: string; session_id: string; type: string | null };
}

export class Harness {
  readonly lake: FakeLake;
  readonly hub: Hub;
  readonly #server: Server;
  readonly #clients: Client[] = [];

  constructor(options: Partial<HubOptions> = {}, lake = new FakeLake()) {
    this.lake = lake;
    this.hub = new Hub(
      {
        feed: lake.feed,
        questions: lake,
        version: '1.2.3',
        verifyToken: (token) => token === TOKEN,
        textOf,
        logger: silentLogger,
      },
      options,
    );
    this.#server = createServer();
    this.#server.on('upgrade', (request, socket, head) => {
      this.hub.upgrade(request, socket, head, request.headers.authorization === `Bearer ${TOKEN}`);
    });
  }

  async start(): Promise<this> {
    await this.hub.start();
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** With the token in the header, unless told otherwise. */
  connect({ header = true, autoPong = true }: { header?: boolean; autoPong?: boolean } = {}): Client {
    const { port } = this.#server.address() as AddressInfo;
    const headers: Record<string, string> = header ? { authorization: `Bearer ${TOKEN}` } : {};
    const client = new Client(new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers, autoPong }));
    this.#clients.push(client);
    return client;
  }

  /** A client that was let in. */
  async enter(): Promise<Client> {
    const client = this.connect();
    await client.first('hello');
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.ws.resume();
    await this.hub.close();
    for (const client of this.#clients) client.ws.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export class Client {
  readonly ws: WebSocket;
  readonly messages: Message[] = [];
  /** Code and reason of the close. */
  readonly closed: Promise<{ code: number; reason: string }>;
  #wakers: (() => void)[] = [];
  #isClosed = false;
  #socket: Socket | undefined;

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.once('upgrade', ({ socket }) => {
      this.#socket = socket;
    });
    ws.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString('utf8')) as Message);
      this.#wake();
    });
    ws.on('error', () => {});
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        this.#isClosed = true;
        this.#wake();
        resolve({ code, reason: reason.toString('utf8') });
      });
    });
  }

  /** Takes one read's worth of bytes and pauses again. */
  sip(): void {
    this.#socket?.once('data', () => this.ws.pause());
    this.ws.resume();
  }

  say(message: object | string): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Waits until the messages so far are as asked. */
  async until<T>(found: (messages: readonly Message[]) => T | undefined | false): Promise<T> {
    for (;;) {
      const value = found(this.messages);
      if (value !== undefined && value !== false) return value;
      if (this.#isClosed) throw new Error(`Closed while waiting; got ${this.messages.map(({ type }) => type).join(' ')}`);
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
  }

  first(type: string, id?: string): Promise<Message> {
    return this.until((messages) => messages.find((message) => message.type === type && (id === undefined || message.id === id)));
  }

  events(id = 's1'): Message[] {
    return this.messages.filter((message) => message.type === 'event' && message.id === id);
  }

  offsets(id = 's1'): number[] {
    return this.events(id).map((event) => Number(event.offset));
  }

  /** Subscribes and waits for the answer. */
  async subscribe(rest: object = {}, id = 's1'): Promise<Message> {
    this.say({ type: 'subscribe', id, ...rest });
    return this.first('subscribed', id);
  }

  /** Waits for this many events. */
  async count(events: number, id = 's1'): Promise<Message[]> {
    return this.until(() => (this.events(id).length >= events ? this.events(id) : undefined));
  }

  /** All that the server said before this call has arrived. */
  async settled(): Promise<void> {
    const before = this.messages.filter(({ type }) => type === 'pong').length;
    this.say({ type: 'ping' });
    await this.until((messages) => messages.filter(({ type }) => type === 'pong').length > before);
  }

  #wake(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}
