const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Ends a scan in good order when a signal comes; the second one ends the process. */
export class Stop {
  /** What the exit status has to be, once a signal has come. */
  status: number | undefined;
  readonly #controller = new AbortController();
  readonly #listeners = Object.entries(SIGNALS).map(([name, status]) => ({
    name,
    listen: (): void => {
      if (this.status !== undefined) process.exit(status);
      this.status = status;
      this.#controller.abort();
    },
  }));

  /** From now on signals mean this. */
  constructor() {
    for (const { name, listen } of this.#listeners) process.on(name, listen);
  }

  /** Aborts when one comes. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Signals mean again what they mean elsewhere. */
  end(): void {
    for (const { name, listen } of this.#listeners) process.off(name, listen);
  }
}
