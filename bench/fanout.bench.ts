// One appended line to a thousand WebSocket clients: the daemon's CPU, and how long after the append
// each client has the event. The clients are raw sockets in a process of their own that count, check
// the chain of `prev` and do no more. Beside it in the same run: the same with one client, which is
// what an event costs before anybody is sent it, and a plain `ws` broadcast that stringifies for
// each client, to a fifth of the clients because it cannot serve all.

import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { quantile } from './support/figures.ts';
import type { BenchResult } from './support/figures.ts';
import { BenchLake, processUsage } from './support/lake.ts';

const CLIENTS = 1000;
const PEER_CLIENTS = 200;
const RATE = 200;
/** At this rate nothing has to wait for company. */
const LOW_RATE = 10;
const LINE_BYTES = 2000;
/** Clients whose arrivals are kept. */
const SAMPLE = 100;
const WARM_SECONDS = 2;
const SESSION = '11111111-2222-4333-8444-555555555555';

export async function fanoutBench(quick = false): Promise<BenchResult> {
  const seconds = quick ? 5 : 15;
  const one = await daemonRun(1, RATE, seconds);
  const low = await daemonRun(CLIENTS, LOW_RATE, seconds);
  const all = await daemonRun(CLIENTS, RATE, seconds);
  const peer = await peerRun(PEER_CLIENTS, Math.min(seconds, 8));
  const scale = CLIENTS / PEER_CLIENTS;
  return {
    bench: `fan-out: ${RATE} lines/s of ${LINE_BYTES} bytes to ${CLIENTS} WebSocket clients`,
    figures: [
      { name: `daemon, ${CLIENTS} clients`, value: all.cpu * 100, unit: '% of a core', goal: { atMost: 40 } },
      { name: 'append → event, p50', value: quantile(all.late, 0.5), unit: 'ms' },
      { name: 'append → event, p99', value: quantile(all.late, 0.99), unit: 'ms', goal: { atMost: 50 } },
      { name: 'of that, more than with 1 client', value: (all.cpu - one.cpu) * 100, unit: '% of a core' },
      { name: `${CLIENTS} clients at ${LOW_RATE}/s, append → event, p50`, value: quantile(low.late, 0.5), unit: 'ms' },
      { name: `${CLIENTS} clients at ${LOW_RATE}/s, append → event, p99`, value: quantile(low.late, 0.99), unit: 'ms' },
      { name: 'daemon, 1 client', value: one.cpu * 100, unit: '% of a core' },
      { name: '1 client, append → event, p50', value: quantile(one.late, 0.5), unit: 'ms' },
      { name: '1 client, append → event, p99', value: quantile(one.late, 0.99), unit: 'ms' },
      { name: `ws, stringify per client, ${PEER_CLIENTS} clients`, value: peer.cpu * 100, unit: '% of a core' },
      { name: `ws, stringify per client, scaled to ${CLIENTS}`, value: peer.cpu * 100 * scale, unit: '% of a core' },
      { name: `ws, ${PEER_CLIENTS} clients, send → event, p50`, value: quantile(peer.late, 0.5), unit: 'ms' },
      { name: `ws, ${PEER_CLIENTS} clients, send → event, p99`, value: quantile(peer.late, 0.99), unit: 'ms' },
      { name: 'ratio of CPU to the scaled ws broadcast', value: all.cpu / (peer.cpu * scale), unit: '×' },
    ],
    notes: [
      `Every event reached every client, once and in order; latency of ${SAMPLE} of the clients; content is text.`,
      `Writer, clients (${(all.clientsCpu * 100).toFixed(0)} % of a core) and daemon share the machine. The daemon also reads, indexes and commits the lines; the ws broadcast only sends.`,
    ],
  };
}

interface Run {
  /** Of a core. */
  cpu: number;
  clientsCpu: number;
  /** From the append to each arrival, ms. */
  late: number[];
}

async function daemonRun(count: number, rate: number, seconds: number): Promise<Run> {
  const lake = new BenchLake();
  const dir = join(lake.root, '-home-ada-engine');
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${SESSION}.jsonl`);
  writeFileSync(path, '');
  try {
    await lake.start(['--no-archive']);
    const clients = await ClientProcess.start(lake.url, lake.headers['authorization'] ?? '', count);
    const times: number[] = [];
    await atRate(rate, WARM_SECONDS, () => append(path, times));
    const run = await measured(lake.pid, clients, rate, seconds, times, () => append(path, times));
    await clients.stop();
    return run;
  } finally {
    await lake.remove();
  }
}

async function peerRun(count: number, seconds: number): Promise<Run> {
  const server = fork(fileURLToPath(import.meta.url), ['fanout-peer']);
  try {
    const [port] = (await once(server, 'message')) as [number];
    const clients = await ClientProcess.start(`http://127.0.0.1:${port}`, '', count);
    const times: number[] = [];
    const send = (): void => {
      times.push(now());
      server.send(times.length);
    };
    await atRate(RATE, WARM_SECONDS, send);
    const run = await measured(server.pid ?? 0, clients, RATE, seconds, times, send);
    await clients.stop();
    return run;
  } finally {
    server.kill();
  }
}

async function measured(pid: number, clients: ClientProcess, rate: number, seconds: number, times: number[], produce: () => void): Promise<Run> {
  const before = processUsage(pid).cpuSeconds;
  const clientsBefore = processUsage(clients.pid).cpuSeconds;
  const started = performance.now();
  const from = times.length;
  await atRate(rate, seconds, produce);
  const elapsed = (performance.now() - started) / 1000;
  const cpu = (processUsage(pid).cpuSeconds - before) / elapsed;
  const clientsCpu = (processUsage(clients.pid).cpuSeconds - clientsBefore) / elapsed;
  const arrivals = await clients.arrivals(times.length);
  const late = arrivals.flatMap((each) => each.slice(from).map((at, n) => at - (times[from + n] ?? Number.NaN)));
  return { cpu, clientsCpu, late };
}

async function atRate(rate: number, seconds: number, produce: () => void): Promise<void> {
  const started = performance.now();
  for (let n = 0; n < rate * seconds; n += 1) {
    const wait = started + (n * 1000) / rate - performance.now();
    if (wait > 0) await sleep(wait);
    produce();
  }
}

function append(path: string, times: number[]): void {
  const line = (content: string): string =>
    JSON.stringify({ type: 'user', uuid: `line-${times.length}`, parentUuid: null, sessionId: SESSION, timestamp: new Date().toISOString(), cwd: '/home/ada/engine', version: '2.1.90', isSidechain: false, message: { role: 'user', content } });
  const whole = line('x'.repeat(LINE_BYTES - line('').length - 1));
  times.push(now());
  appendFileSync(path, `${whole}\n`);
}

/** Milliseconds by a clock that all processes of the machine share. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

interface Report {
  /** Events of the client that has the fewest, and the most. */
  least: number;
  most: number;
  trouble: string[];
  arrivals: number[][];
}

/** The clients' process, from outside. */
class ClientProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(url: string, authorization: string, count: number): Promise<ClientProcess> {
    const child = fork(fileURLToPath(import.meta.url), ['fanout-clients', url, authorization, String(count)]);
    await once(child, 'message');
    return new ClientProcess(child);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Of the sampled clients, when every client has `events`; fails where one has more, or never gets them. */
  async arrivals(events: number): Promise<number[][]> {
    const giveUp = performance.now() + 30_000;
    for (;;) {
      this.#child.send('report');
      const [report] = (await once(this.#child, 'message')) as [Report];
      if (report.trouble.length > 0) throw new Error(`the clients complain: ${report.trouble.slice(0, 3).join('; ')}`);
      if (report.most > events) throw new Error(`a client has ${report.most} events of ${events}`);
      if (report.least === events) return report.arrivals;
      if (performance.now() > giveUp) throw new Error(`a client has only ${report.least} events of ${events}`);
      await sleep(200);
    }
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }
}

/** What is looked at of a frame: the largest header, and an event up to its `prev`. */
const HEAD_BYTES = 96;
const EVENT_START = '{"type":"event","id":"s","offset":"';
const BETWEEN = '","prev":"';

/** One WebSocket client that only counts. */
class RawClient {
  events = 0;
  /** Made when it is to be kept. */
  readonly arrivals: number[] | null;
  readonly #socket: Socket;
  readonly #trouble: (text: string) => void;
  readonly #subscribed: () => void;
  #upgraded = false;
  #skip = 0;
  #carry: Buffer | null = null;
  #last = '';

  constructor(url: URL, authorization: string, kept: boolean, buffer: Buffer, subscribed: () => void, trouble: (text: string) => void) {
    this.arrivals = kept ? [] : null;
    this.#subscribed = subscribed;
    this.#trouble = trouble;
    const take = (bytes: number): boolean => {
      this.#take(buffer.subarray(0, bytes));
      return true;
    };
    this.#socket = connect({ host: url.hostname, port: Number(url.port), onread: { buffer, callback: take } });
    this.#socket.on('error', (error) => trouble(error.message));
    this.#socket.on('close', () => trouble('closed'));
    this.#socket.write(
      `GET /ws HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${authorization === '' ? '' : `Authorization: ${authorization}\r\n`}\r\n`,
    );
  }

  #take(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#carry !== null) {
      bytes = Buffer.concat([this.#carry, chunk]);
      this.#carry = null;
    }
    let at = 0;
    if (!this.#upgraded) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end === -1) return this.#keep(bytes, 0);
      if (!bytes.toString('latin1', 0, 12).endsWith(' 101')) return this.#trouble(bytes.toString('latin1', 0, end));
      this.#upgraded = true;
      at = end + 4;
    }
    const time = this.arrivals === null ? 0 : now();
    for (;;) {
      const skipped = Math.min(this.#skip, bytes.length - at);
      this.#skip -= skipped;
      at += skipped;
      if (at >= bytes.length) return undefined;
      const size = this.#frame(bytes, at, time);
      if (size === 0) return this.#keep(bytes, at);
      this.#skip = size;
    }
  }

  #keep(bytes: Buffer, at: number): void {
    this.#carry = Buffer.from(bytes.subarray(at));
  }

  /** The size of the frame that begins here; 0 where too little of it is there to be looked at. */
  #frame(bytes: Buffer, at: number, time: number): number {
    const there = bytes.length - at;
    if (there < 2) return 0;
    const short = (bytes[at + 1] as number) & 0x7f;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (there < header) return 0;
    const payload = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUIntBE(at + 4, 6);
    if (there < Math.min(header + payload, HEAD_BYTES)) return 0;
    if (bytes[at] === 0x81) this.#message(bytes, at + header, payload, time);
    else if (bytes[at] === 0x89) this.#socket.write(Buffer.of(0x8a, 0x80, 0, 0, 0, 0));
    else this.#trouble(`a frame that begins with ${bytes[at]}`);
    return header + payload;
  }

  #message(bytes: Buffer, at: number, length: number, time: number): void {
    // {"type":"ev…
    if (bytes[at + 9] === 0x65 && bytes[at + 10] === 0x76) return this.#event(bytes, at, time);
    const head = bytes.toString('latin1', at, at + Math.min(length, HEAD_BYTES - 4));
    if (head.startsWith('{"type":"hello"')) return this.#say('{"type":"subscribe","id":"s","content":"text"}');
    if (!head.startsWith('{"type":"subscribed"')) return head.startsWith('{"type":"heartbeat"') ? undefined : this.#trouble(head);
    this.#last = /"from":"(\d+)"/.exec(head)?.[1] ?? '';
    return this.#subscribed();
  }

  #event(bytes: Buffer, at: number, time: number): void {
    const from = at + EVENT_START.length;
    const end = bytes.indexOf(0x22, from);
    const prev = end + BETWEEN.length;
    if (bytes.toString('latin1', prev, bytes.indexOf(0x22, prev)) !== this.#last) this.#trouble(`a hole or a repetition after offset ${this.#last}`);
    this.#last = bytes.toString('latin1', from, end);
    this.events += 1;
    this.arrivals?.push(time);
  }

  #say(text: string): void {
    // Masked, as a client has to, with the mask that changes nothing.
    this.#socket.write(Buffer.concat([Buffer.of(0x81, 0x80 | text.length, 0, 0, 0, 0), Buffer.from(text)]));
  }
}

async function clientProcess(url: URL, authorization: string, count: number): Promise<void> {
  const trouble: string[] = [];
  const clients: RawClient[] = [];
  // One for all: a read is over before the next begins.
  const buffer = Buffer.alloc(1 << 18);
  const keepEach = Math.max(1, Math.floor(count / SAMPLE));
  for (let n = 0; n < count; n += 1) {
    await new Promise<void>((resolve) => {
      const complain = (text: string): void => {
        trouble.push(text);
        resolve();
      };
      clients.push(new RawClient(url, authorization, n % keepEach === 0, buffer, resolve, complain));
    });
  }
  process.on('message', () => {
    const events = clients.map((client) => client.events);
    const arrivals = clients.flatMap((client) => (client.arrivals === null ? [] : [client.arrivals]));
    process.send?.({ least: Math.min(...events), most: Math.max(...events), trouble, arrivals } satisfies Report);
  });
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}

/** The plain way: an object, and for each client its JSON. */
async function peerProcess(): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', () => socket.send('{"type":"subscribed","id":"s","epoch":"e","from":"0","top":"0","recovered":false}'));
    socket.send('{"type":"hello"}');
  });
  await once(server, 'listening');
  process.on('message', (n: number) => {
    const event = peerEvent(n);
    for (const client of server.clients) client.send(JSON.stringify(event));
  });
  process.send?.((server.address() as AddressInfo).port);
}

function peerEvent(n: number): object {
  const offset = String(n);
  const record = {
    offset, session_id: SESSION, agent_id: null, source: 'claude-code', project: '-home-ada-engine', file_id: 'f1', line: n, byte_offset: n * LINE_BYTES, byte_length: LINE_BYTES - 1,
    ts: new Date().toISOString(), type: 'user', role: 'user', uuid: `line-${n}`, parent_uuid: null, model: null, usage: null, tools: [], tool_results: [], text: 'x'.repeat(LINE_BYTES - 250),
  };
  return { type: 'event', id: 's', offset, prev: String(n - 1), data: record };
}

const [, , role, ...rest] = process.argv;
if (process.send !== undefined && role === 'fanout-peer') await peerProcess();
if (process.send !== undefined && role === 'fanout-clients') await clientProcess(new URL(rest[0] ?? ''), rest[1] ?? '', Number(rest[2]));
