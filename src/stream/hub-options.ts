// The bounds of the WebSocket side, each with its default. Times in milliseconds, sizes in bytes.

export interface HubOptions {
  heartbeatMs: number;
  /** From the moment a ping has left the process until its pong is missed. */
  pongMs: number;
  /** How long an unauthenticated client may take for its `auth` message. */
  authMs: number;
  /** How long a close handshake may take before the socket is cut. */
  closeMs: number;
  /**
   * How long a client that reads history may leave its full buffer untouched. The kernel takes more
   * only when a good part of its own buffer is free, so this asks for about 100 KB/s at the defaults.
   */
  stallMs: number;
  /** What a live client may leave unread. */
  backlogMaxBytes: number;
  /** The share of the time that live sends may take; above it they are gathered ... */
  sendShare: number;
  /** ... but none waits longer. */
  gatherMaxMs: number;
  /** History stops being read for a client with this much unread ... */
  historyHighBytes: number;
  /** ... and goes on below this. */
  historyLowBytes: number;
  /** Clients whose history is read at the same time; the others wait their turn. Each holds one batch. */
  historyReadersMax: number;
  /** The largest message of a client. */
  messageMaxBytes: number;
  /** Of one connection. Each is asked about every record; those that read history wait for each other's turn. */
  subscriptionsMax: number;
  /** Refused messages on one connection before it is closed. */
  refusalsMax: number;
  connectionsMax: number;
}

export const HUB_DEFAULTS: Readonly<HubOptions> = Object.freeze({
  heartbeatMs: 25_000,
  pongMs: 10_000,
  authMs: 10_000,
  closeMs: 5_000,
  stallMs: 10_000,
  backlogMaxBytes: 1_048_576,
  sendShare: 0.25,
  gatherMaxMs: 25,
  historyHighBytes: 262_144,
  historyLowBytes: 65_536,
  historyReadersMax: 16,
  messageMaxBytes: 65_536,
  subscriptionsMax: 128,
  refusalsMax: 32,
  connectionsMax: 1024,
});
