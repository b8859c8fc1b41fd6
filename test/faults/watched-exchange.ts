import { DotscoutError, TransportError } from '../../src/common/errors.js';
import { rcodes } from '../../src/testing/index.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import type { Attempt, Reply } from '../../src/transport/exchange.js';
import { rcodeOf } from '../../src/wire/message.js';

const NAMES = new Map<number, string>(Object.entries(rcodes).map(([name, code]) => [code, name]));

/** What answered: `answer REFUSED`. */
export function answerOf(rcode: number | undefined): string {
  return rcode === undefined ? 'no answer' : `answer ${NAMES.get(rcode) ?? `rcode ${rcode}`}`;
}

/** What an error says: `connect refused`. */
export function failureOf(error: unknown): string {
  if (error instanceof TransportError) return `${error.failure.phase} ${error.failure.kind}`;
  return error instanceof DotscoutError ? error.code : String(error);
}

/** The DoT exchange as it is, and what its attempts end with. */
export class WatchedExchange extends DotExchange {
  /** How attempts have ended, in that order. */
  readonly seen: string[] = [];
  /** How many are under way. */
  pending = 0;

  override attempt(...asked: Parameters<DotExchange['attempt']>): Attempt {
    const attempt = super.attempt(...asked);
    this.pending++;
    const ended = (how: string): void => {
      this.pending--;
      this.seen.push(how);
    };
    const told = ({ rcode, message: answer }: Reply): void => ended(answerOf(rcode ?? rcodeOf(answer)));
    return {
      get done() {
        return attempt.done;
      },
      withdraw: () => attempt.withdraw(),
      listen: (listener) =>
        attempt.listen?.({
          answered: (reply) => {
            told(reply);
            listener.answered(reply);
          },
          failed: (error) => {
            ended(failureOf(error));
            listener.failed(error);
          },
        }),
    };
  }
}
