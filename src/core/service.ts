// The one contract of everything that runs: a constructor does nothing, `start` acquires,
// `close` may be called twice and waits until everything is let go.

export interface Service {
  start(): Promise<void>;
  close(): Promise<void>;
}
