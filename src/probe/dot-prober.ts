import type { SecureContext } from 'node:tls';
import { onAbort } from '../common/abort.js';
import { type Clock, systemClock } from '../common/clock.js';
import { DotscoutError, InvalidInputError, TransportError } from '../common/errors.js';
import { KeepAlive } from '../common/keep-alive.js';
import { createGuard, type Guard, isAdmitted, refusedByGuard } from '../contact/guard.js';
import { weigh } from '../state/evidence.js';
import type { Names } from '../state/known-names.js';
import { type Evidence, isWordless } from '../state/model.js';
import { nodeCrypto } from '../transport/built-ins.js';
import { checkOptions, checkTimeout } from '../transport/check-options.js';
import { Do53Exchange } from '../transport/do53/exchange.js';
import { RecordWatch } from '../transport/dot/record-watch.js';
import type { Exchange } from '../transport/exchange.js';
import { authenticatorOf } from '../transport/tls/authenticator.js';
import type { Connect } from '../transport/tls/tls.js';
import { contextOf } from '../transport/tls/tls-context.js';
import { soaQuery } from '../wire/message.js';
import { type Appraisal, WORTHS, wordOf } from '../wire/worth.js';
import { ClearQuery } from './clear-query.js';
import { type DotResult, ProbeQuery } from './probe-query.js';
import type { ProbeOptions, ProbeResult, Prober, ProbeTarget } from './prober.js';
import { ABORTED } from './read-result.js';

/** How a {@link DotProber} works. */
export interface DotProberOptions {
  /** Where it reads time; default the system's clock. */
  readonly clock?: Clock | undefined;
  /** Where it may connect and ask; default `createGuard()`. */
  readonly guard?: Guard | undefined;
  /** Gives the host's own sockets for DoT; default TCP from `node:net`. */
  readonly connect?: Connect | undefined;
  /** For the comparison and the control query; default a {@link Do53Exchange}. */
  readonly do53?: Exchange | undefined;
  /** Certificates in PEM to trust in the place of the system's, where authentication is demanded. */
  readonly trustAnchors?: readonly string[] | undefined;
}

const NAMES: Names<DotProberOptions> = { clock: true, guard: true, connect: true, do53: true, trustAnchors: true };
/** How long after its own limit a probe may wait for Do53, and how long a comparison may take, in milliseconds. */
const CLEAR_MS = 1_000;

/**
 * Finds out whether an endpoint speaks DNS over TLS: opens TLS and asks for the SOA of the zone's apex, with padding and
 * without RD. A server that answers with anything but that record and AA is asked the same over Do53, to tell whether another
 * service is behind its DoT; one that stays silent, to tell its silence from a broken path of ours.
 *
 * @example
 * ```ts
 * const { evidence } = await new DotProber().probe(target, { signal, timeoutMs: 4_000 });
 * if (evidence.result === 'success') console.log('speaks DoT');
 * ```
 */
export class DotProber implements Prober {
  /** {@inheritDoc Prober.authenticates} */
  readonly authenticates = true;
  readonly #context: SecureContext;
  readonly #clock: Clock;
  readonly #guard: Guard;
  readonly #connect: Connect | undefined;
  readonly #do53: Exchange;
  readonly #keepAlive: KeepAlive;
  readonly #records = new RecordWatch();

  /**
   * @param options - how it works
   * @throws {@link InvalidInputError} `INVALID_OPTION`
   */
  constructor(options: DotProberOptions = {}) {
    checkOptions(options, NAMES);
    this.#clock = options.clock ?? systemClock;
    this.#guard = options.guard ?? createGuard();
    this.#connect = options.connect;
    this.#context = contextOf(options.trustAnchors);
    if (options.do53 !== undefined && typeof options.do53.exchange !== 'function')
      throw new InvalidInputError('INVALID_OPTION', options.do53, 'do53: an Exchange');
    this.#do53 = options.do53 ?? new Do53Exchange({ clock: this.#clock });
    this.#keepAlive = new KeepAlive(this.#clock);
  }

  /**
   * {@inheritDoc Prober.probe}
   *
   * @throws {@link InvalidInputError} `INVALID_ZONE`, `INVALID_OPTION`, `INVALID_AUTHENTICATION`; `DotscoutError` `REFUSED_BY_GUARD`
   */
  async probe(target: ProbeTarget, options: ProbeOptions): Promise<ProbeResult> {
    checkTimeout(options.timeoutMs);
    const message = soaQuery(target.zone, nodeCrypto().randomInt(65_536));
    const { address } = target.endpoint;
    if (!isAdmitted(this.#guard, address)) throw refusedByGuard(this.#guard, address);
    if (options.signal.aborted) return ABORTED;
    const result = this.#run(target, message, options);
    return options.keepAlive === false ? result : this.#keepAlive.during(result);
  }

  async #run(target: ProbeTarget, message: Uint8Array, options: ProbeOptions): Promise<ProbeResult> {
    const { signal, timeoutMs } = options;
    const { endpoint, authentication, needsControl = false } = target;
    const clock = this.#clock;
    const guard = this.#guard;
    const isAllowed = target.clear !== undefined && isAdmitted(guard, target.clear.address);
    const server = isAllowed ? target.clear : undefined;
    const clear = new ClearQuery({ clock, do53: this.#do53, endpoint: server, message, signal });
    const authenticator = authentication === undefined ? undefined : authenticatorOf(authentication);
    const dot = new ProbeQuery(endpoint, message, {
      clock,
      guard,
      connect: this.#connect,
      context: this.#context,
      authenticator,
      records: this.#records,
      timeoutMs,
    });
    // Asked shortly before the limit, the control costs a black hole no time of its own.
    const early = Math.max(timeoutMs - CLEAR_MS, timeoutMs / 2);
    const control = clock.after(early, () => void clear.ask(timeoutMs - early + CLEAR_MS));
    const forget = onAbort(signal, () => dot.cancel(new DotscoutError('CLOSED', 'aborted')));
    try {
      const ended = await dot.result();
      control.cancel();
      return await conclude(ended, clear, signal, needsControl);
    } finally {
      forget();
    }
  }
}

async function conclude(
  { ended, times, tls, session }: DotResult,
  clear: ClearQuery,
  signal: AbortSignal,
  needsControl: boolean,
): Promise<ProbeResult> {
  const facts = { times, ...(tls === undefined ? {} : { tls }) };
  let found: Pick<ProbeResult, 'evidence' | 'rcode' | 'answer' | 'comparison' | 'detail' | 'cause' | 'part'>;
  if ('error' in ended)
    found = { evidence: await judgeError(ended.error, clear, needsControl), ...detailOf(ended.error) };
  else found = { rcode: ended.rcode, answer: wordOf(ended.found), ...(await judgeAnswer(ended.found, clear)) };
  // Without an answer over Do53 for that, the evidence says less than it might.
  if (clear.broken !== undefined && found.part === undefined) found = { ...found, ...faultOf(clear.broken) };
  if (signal.aborted) found = { evidence: ABORTED.evidence };
  if (found.evidence.result === 'success' && session.accepts) return { ...found, ...facts, session };
  session.close();
  return { ...found, ...facts };
}

function detailOf(error: DotscoutError): Pick<ProbeResult, 'detail' | 'cause' | 'part'> {
  if (!(error instanceof TransportError)) return {};
  const { detail } = error.failure;
  return { ...(detail === undefined ? {} : { detail }), ...faultOf(error) };
}

function faultOf({ failure: { part }, cause }: TransportError): Pick<ProbeResult, 'cause' | 'part'> {
  return part === undefined ? {} : { part, cause };
}

async function judgeAnswer(dot: Appraisal, clear: ClearQuery): Promise<Pick<ProbeResult, 'evidence' | 'comparison'>> {
  if (dot.worth === 'sound') return { evidence: { result: 'success' } };
  const other = await clear.ask(CLEAR_MS);
  // No answer over Do53 is worse than any answer over DoT, and of what is cut short nothing can be told.
  const isUsable = other !== undefined && other.found.kind !== 'truncated';
  const isWorse = isUsable && WORTHS.indexOf(other.found.worth) < WORTHS.indexOf(dot.worth);
  const lame: Evidence = { result: 'failure', phase: 'answer', kind: 'lame', controlled: true };
  const comparison = { rcode: other?.rcode, answer: other === undefined ? ('none' as const) : wordOf(other.found) };
  return { evidence: isWorse ? lame : { result: 'success' }, comparison };
}

async function judgeError(error: DotscoutError, clear: ClearQuery, needsControl: boolean): Promise<Evidence> {
  if (!(error instanceof TransportError)) {
    // The guard has changed its mind since the probe began.
    if (error.code === 'REFUSED_BY_GUARD') throw error;
    return ABORTED.evidence;
  }
  const { phase, kind } = error.failure;
  const evidence = weigh({ result: 'failure', phase, kind, controlled: true });
  // Silence says nothing unless our own path was up: any answer over Do53 proves that.
  if (evidence.result !== 'failure' || !(needsControl || isWordless(kind))) return evidence;
  return { ...evidence, controlled: (await clear.ask(CLEAR_MS)) !== undefined };
}
