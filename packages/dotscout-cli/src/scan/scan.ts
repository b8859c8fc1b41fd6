import type { Clock } from 'dotscout';
import type { Address } from 'dotscout/state';
import type { Line } from '../input/lines.js';
import type { Names } from '../input/names.js';
import { addressesOf } from '../input/prefix.js';
import { type AddressTarget, type NameTarget, parseTarget, withoutComment } from '../input/target.js';
import type { AddressProber } from '../look/probe-address.js';
import type { ProbeRecord } from '../look/record.js';
import { type Brake, Brakes } from './brakes.js';
import type { Pace } from './pace.js';

/** Where a line's records go, all at once. */
export interface Sink {
  /**
   * Takes what was found of one line. A line counts as done when this has returned or resolved.
   *
   * @param records - one an address
   * @param line - its number
   */
  write(records: readonly ProbeRecord[], line: number): Promise<void> | undefined;
}

/** Who is told how it goes. */
export interface ScanListener {
  /** A line is through, for the records given or for being empty. */
  done(line: Line, records: readonly ProbeRecord[]): void;
  /** A line is neither an address nor a name. */
  bad(line: Line): void;
}

/** What a scan needs. */
export interface ScanOptions {
  readonly lines: AsyncIterable<readonly Line[]>;
  /** Whether an earlier run was through with a line; throws where it was through with another one of that number. */
  readonly skips: (line: Line) => boolean;
  readonly looker: AddressProber;
  readonly names: Names;
  readonly pace: Pace<Candidate>;
  readonly sink: Sink;
  readonly listener: ScanListener;
  readonly clock: Clock;
  /** Probes at once, those not counted that only wait; see {@link PATIENT_AFTER_MS}. */
  readonly concurrency: number;
  /** Gives up what is in flight and begins nothing more. */
  readonly signal: AbortSignal;
}

/** An address that waits for its probe. */
export interface Candidate {
  readonly address: Address;
  readonly job: Job;
}

/** A line of the input with what has been found of it so far. */
interface Job {
  readonly line: Line;
  readonly target: AddressTarget | NameTarget;
  readonly records: ProbeRecord[];
  /** The zone whose name servers these are. */
  zone?: string | undefined;
  /** Probes that have not ended. */
  left: number;
}

/**
 * Lines, and beside them addresses, that wait for their turn at most, so that prefixes can take turns and memory has a
 * bound. What is read or asked already may come on top.
 */
export const MAX_WAITING = 20_000;
/** Names that are asked about at once. */
const NAMES_AT_ONCE = 64;
/**
 * A probe without an end after so long waits for a silent server, which costs a socket and no work: it gives its slot to
 * another, so that a few black holes do not slow all down.
 */
const PATIENT_AFTER_MS = 500;
/** How many times as many as there are slots may wait like that. */
const PATIENT_SHARE = 16;
const TICK_MS = 10;
/** Prefixes that stand aside are looked at so many times less often. */
const TICKS_A_LOOK = 10;

/** Probes what the lines name, in about their order, within bounds of pace, memory and sockets. */
export class Scan {
  readonly #options: ScanOptions;
  readonly #lines: AsyncIterator<readonly Line[]>;
  /** Names to be asked about. */
  readonly #namesWaiting: (Job & { readonly target: NameTarget })[] = [];
  /** Prefixes of many addresses, which take their turns as a whole. */
  readonly #prefixesWaiting: (Job & { readonly target: AddressTarget })[] = [];
  readonly #brakes: Brakes;
  #reading = false;
  #ended = false;
  #asking = 0;
  #working = 0;
  #inFlight = 0;
  #ticks = 0;
  #failure: { readonly error: unknown } | undefined;
  #settle: (() => void) | undefined;

  /** @param options - what it needs */
  constructor(options: ScanOptions) {
    this.#options = options;
    this.#lines = options.lines[Symbol.asyncIterator]();
    this.#brakes = new Brakes(options.clock.now());
  }

  /** What holds it back, now and so far. */
  get brakes(): Pick<Brakes, 'current' | 'summary'> {
    return this.#brakes;
  }

  /** Probes that have not ended or are not written yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Runs to the end, or to the signal; rejects with what the input or the sink throws. */
  async run(): Promise<void> {
    const { signal, names } = this.#options;
    const stop = (): void => {
      names.cancel();
      this.#turn();
    };
    signal.addEventListener('abort', stop);
    await new Promise<void>((resolve) => {
      this.#settle = resolve;
      this.#tick();
    });
    signal.removeEventListener('abort', stop);
    void this.#lines.return?.();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  get #stopped(): boolean {
    return this.#failure !== undefined || this.#options.signal.aborted;
  }

  #tick(): void {
    const { clock, pace } = this.#options;
    if (this.#settle === undefined) return;
    if (this.#ticks++ % TICKS_A_LOOK === 0) pace.look(clock.now());
    this.#turn();
    clock.after(TICK_MS, () => this.#tick(), { keepAlive: true });
  }

  /** Does what can be done now. */
  #turn(): void {
    if (!this.#stopped) {
      this.#read();
      this.#ask();
      this.#spread();
      this.#brakes.note(this.#probe(), this.#options.clock.now());
    }
    const idle = this.#inFlight === 0 && this.#asking === 0;
    if (idle && (this.#stopped || (this.#ended && this.#waiting === 0))) {
      this.#settle?.();
      this.#settle = undefined;
    }
  }

  get #waiting(): number {
    return this.#options.pace.size + this.#namesWaiting.length + this.#prefixesWaiting.length;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#turn();
  }

  #read(): void {
    if (this.#reading || this.#ended || this.#waiting >= MAX_WAITING) return;
    this.#reading = true;
    this.#lines.next().then(
      ({ done, value }) => {
        this.#reading = false;
        if (done === true) this.#ended = true;
        else this.#takeAll(value);
        this.#turn();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #takeAll(lines: readonly Line[]): void {
    try {
      for (const line of lines) this.#take(line);
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(line: Line): void {
    const { skips, listener } = this.#options;
    const text = line.text === undefined ? undefined : withoutComment(line.text);
    if (skips(line) || text === '') {
      listener.done(line, []);
      return;
    }
    const target = text === undefined ? undefined : parseTarget(text);
    if (target === undefined) listener.bad(line);
    else if ('name' in target) this.#namesWaiting.push({ line, target, records: [], left: 0 });
    else if (target.count > 1) this.#prefixesWaiting.push({ line, target, records: [], left: 0 });
    else this.#want({ line, target, records: [], left: 0 }, [target.first]);
  }

  #want(job: Job, addresses: readonly Address[]): void {
    job.left = addresses.length;
    for (const address of addresses) this.#options.pace.add({ address, job });
  }

  #ask(): void {
    while (this.#asking < NAMES_AT_ONCE && this.#options.pace.size < MAX_WAITING) {
      const job = this.#namesWaiting.shift();
      if (job === undefined) return;
      this.#asking++;
      void this.#resolve(job, job.target);
    }
  }

  async #resolve(job: Job, target: NameTarget): Promise<void> {
    const { names, looker } = this.#options;
    const { addresses, zone } = await names.find(target);
    job.zone = zone;
    if (!this.#stopped && addresses.length > 0) this.#want(job, addresses);
    else if (!this.#stopped) await this.#finish(job, [looker.unresolved(target.name, target.port)]);
    this.#asking--;
    this.#turn();
  }

  /** Prefixes become addresses where these have room: a line of a few octets stands for thousands. */
  #spread(): void {
    while (this.#options.pace.size < MAX_WAITING) {
      const job = this.#prefixesWaiting.shift();
      if (job === undefined) return;
      this.#want(job, [...addressesOf(job.target)]);
    }
  }

  /** Begins what may begin, and says what keeps the rest from it. */
  #probe(): Brake | undefined {
    const { pace, clock, concurrency } = this.#options;
    while (this.#working < concurrency && this.#inFlight < concurrency * (1 + PATIENT_SHARE)) {
      const candidate = pace.take(clock.now());
      if (candidate === undefined) return pace.brake(clock.now()) ?? (this.#asking > 0 ? 'the resolver' : undefined);
      void this.#look(candidate);
    }
    return pace.size > 0 ? '--concurrency' : undefined;
  }

  async #look(candidate: Candidate): Promise<void> {
    const { looker, pace, clock, signal } = this.#options;
    const { address, job } = candidate;
    this.#inFlight++;
    this.#working++;
    let works = true;
    const rest = (): void => {
      if (works) this.#working--;
      works = false;
    };
    const patient = clock.after(PATIENT_AFTER_MS, () => {
      rest();
      this.#turn();
    });
    const { target, zone } = job;
    const look = { name: 'name' in target ? target.name : undefined, port: target.port, zone };
    try {
      const { record } = await looker.look(address.text, look, signal);
      pace.ended(candidate, clock.now());
      // Given up: what it says is about us.
      if (!this.#stopped) await this.#found(job, record);
    } catch (error) {
      // A prober that was given up may say so.
      if (!signal.aborted) this.#fail(error);
    }
    patient.cancel();
    rest();
    this.#inFlight--;
    this.#turn();
  }

  /** A line is written when all its addresses have been seen, so that after an interruption it is done or it is not. */
  async #found(job: Job, record: ProbeRecord): Promise<void> {
    job.records.push(record);
    job.left--;
    if (job.left === 0) await this.#finish(job, job.records);
  }

  async #finish({ line }: Job, records: readonly ProbeRecord[]): Promise<void> {
    try {
      const written = this.#options.sink.write(records, line.number);
      if (written !== undefined) await written;
      this.#options.listener.done(line, records);
    } catch (error) {
      this.#fail(error);
    }
  }
}
