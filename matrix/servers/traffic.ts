import { encode, RECURSION_DESIRED } from 'dns-packet';
import { openLoop } from '../../bench/open-loop.js';
import type { Counts, ServerObject, TransportSelector } from '../../src/index.js';
import { ZONE } from './software.js';

const RCODE = 0x0f;
const IDS = 0x1_0000;

/** What became of queries. */
export interface Tally {
  readonly asked: number;
  /** Without an answer, or with another rcode than NOERROR, while the server was there. */
  readonly failed: number;
  /** The same while it was not. */
  readonly unanswerable: number;
  /** In clear text although the server was Good. */
  readonly clear: number;
  /** In clear text while it was not. */
  readonly demoted: number;
}

/** Queries to one server, each for a name of its own, and what became of them. */
export class Traffic implements Tally {
  asked = 0;
  encrypted = 0;
  failed = 0;
  unanswerable = 0;
  clear = 0;
  demoted = 0;
  /** Whether the server is there, as far as we know. */
  there = true;
  readonly #selector: TransportSelector;
  readonly #target: ServerObject;
  readonly #flags: number;

  /** @param recursive - the server wants RD=1 */
  constructor(selector: TransportSelector, target: ServerObject, recursive = false) {
    this.#selector = selector;
    this.#target = target;
    this.#flags = recursive ? RECURSION_DESIRED : 0;
  }

  /** One query; never rejects. */
  async ask(): Promise<void> {
    const id = this.asked++ % IDS;
    const name = `n${this.asked}.${ZONE}`;
    const wasThere = this.there;
    const query = encode({ type: 'query', id, flags: this.#flags, questions: [{ type: 'A', name }] });
    try {
      const { message, encrypted, decision } = await this.#selector.query(this.#target, query);
      if (((message[3] ?? RCODE) & RCODE) !== 0) this.#fail(wasThere);
      else if (decision.action !== 'encrypt') this.demoted++;
      else if (encrypted) this.encrypted++;
      else this.clear++;
    } catch {
      this.#fail(wasThere);
    }
  }

  #fail(wasThere: boolean): void {
    if (wasThere && this.there) this.failed++;
    else this.unanswerable++;
  }

  /** So many queries, and at most so many at once. */
  async inWindow(count: number, width: number): Promise<void> {
    const last = this.asked + count;
    const worker = async (): Promise<void> => {
      while (this.asked < last) await this.ask();
    };
    await Promise.all(Array.from({ length: width }, worker));
  }

  /** Queries at a steady rate, whatever becomes of those before. */
  begin(perSecond: number): AsyncDisposable & { end(): Promise<void> } {
    const begun: Promise<void>[] = [];
    const stop = openLoop(perSecond, () => void begun.push(this.ask()));
    const end = async (): Promise<void> => {
      stop();
      await Promise.all(begun);
    };
    return { end, [Symbol.asyncDispose]: end };
  }
}

/**
 * What to say of queries.
 *
 * @param tally - what became of them
 * @param reasons - how often a query to a Good server went out in clear text, by reason, as the metrics have it
 * @throws an error where a query failed, or went out in clear text to a Good server without a reason
 */
export function judged({ asked, failed, unanswerable, clear, demoted }: Tally, reasons: Counts): string {
  const counts = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  const given = Object.values(reasons).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const why = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
  const said = [
    `${asked} queries, ${failed} failed, ${clear} clear${why}`,
    ...(unanswerable === 0 ? [] : [`${unanswerable} failed while it was away`]),
    ...(demoted === 0 ? [] : [`${demoted} clear while it was not Good`]),
  ].join(', ');
  if (failed > 0) throw new Error(said);
  if (clear > given) throw new Error(`${said}: ${clear - given} without a reason`);
  return said;
}
