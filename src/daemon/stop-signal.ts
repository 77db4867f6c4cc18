// SIGTERM and SIGINT: the first asks for an orderly stop, a second ends the process at once.

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export class StopSignal {
  readonly asked: Promise<void>;
  private askedFor = false;
  private readonly controller = new AbortController();
  private resolve: () => void = () => undefined;
  private readonly onSignal = (signal: NodeJS.Signals): void => {
    if (this.askedFor) process.exit(signal === 'SIGINT' ? 130 : 143);
    this.askedFor = true;
    this.controller.abort();
    this.resolve();
  };

  constructor() {
    this.asked = new Promise((resolve) => (this.resolve = resolve));
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
  }

  /** Aborts when it is asked. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isAsked(): boolean {
    return this.askedFor;
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
  }
}
