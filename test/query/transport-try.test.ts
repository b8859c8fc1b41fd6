import { describe, expect, it } from 'vitest';
import { DotscoutError, TransportError } from '../../src/common/errors.js';
import { TransportTry, type TransportTryListener } from '../../src/query/transport-try.js';
import { VirtualClock } from '../../src/testing/index.js';
import type { Attempt, AttemptListener, Exchange, Reply } from '../../src/transport/exchange.js';
import { answered } from '../support/answers.js';
import { dotAt, query } from '../transport/support.js';

const asked = query('a.example.org');
const reply: Reply = { message: answered(asked), times: { answer: 1, total: 1 }, authenticated: false };

/** An exchange whose one attempt is led by the test. */
function led(parts: Partial<Attempt> = {}): Exchange {
  const attempt: Attempt = Object.defineProperties(
    { done: new Promise(() => {}), withdraw: () => false },
    Object.getOwnPropertyDescriptors(parts),
  );
  return Object.assign({ exchange: async () => asked, close: async () => {} }, { attempt: () => attempt });
}

class Told implements TransportTryListener {
  readonly what: unknown[] = [];

  tryAnswered({ phase }: TransportTry, { message }: Reply): void {
    this.what.push([phase, message]);
  }

  tryFailed({ phase }: TransportTry, { failure, repeated, cause }: TransportError): void {
    this.what.push(cause === undefined ? [phase, failure, repeated] : [phase, failure, repeated, cause]);
  }
}

function running(exchange: Exchange, transport: 'dot' | 'do53' = 'dot'): { one: TransportTry; told: Told } {
  const told = new Told();
  const one = new TransportTry(transport, told);
  one.begin({ exchange, endpoint: dotAt(853), message: asked, timeoutMs: 1_000, clock: new VirtualClock() });
  return { one, told };
}

describe('what a try tells', () => {
  it('an attempt that can be listened to is, and its promise is left alone', async () => {
    let listener: AttemptListener | undefined;
    const done = Promise.resolve(reply);
    const listen = (one: AttemptListener) => {
      listener = one;
    };
    const { told } = running(led({ done, listen }));
    await done;
    expect(told.what).toEqual([]);
    listener?.answered(reply);
    expect(told.what).toEqual([['answered', reply.message]]);
  });

  it('P7 an attempt that throws when it is asked how long it has to do: it has ended with that, and nobody is thrown at', async () => {
    const bug = new Error('a bug');
    const attempt = led({
      get freshUntil(): number {
        throw bug;
      },
    });
    const { one, told } = running(attempt);
    expect(one.freshUntil).toBe(0);
    await Promise.resolve();
    expect(told.what).toEqual([['failed', expect.objectContaining({ kind: 'local', part: 'dot' }), false, bug]]);
  });

  it('only the first end, whichever follows', () => {
    const ends = [(one: TransportTry) => one.answered(reply), (one: TransportTry) => one.failed(new Error('no'))];
    for (const first of ends) {
      for (const second of ends) {
        const { one, told } = running(led());
        first(one);
        second(one);
        expect(told.what).toHaveLength(1);
      }
    }
  });

  it('a failure as its transport tells it, and whether it was told before', () => {
    const failure = { phase: 'answer', kind: 'silent' } as const;
    for (const repeated of [true, false]) {
      const { one, told } = running(led());
      one.failed(Object.assign(new TransportError(failure), { repeated }));
      expect(told.what).toEqual([['failed', failure, repeated]]);
    }
  });

  it.each([
    Object.assign(new Error('no'), { code: 'EMFILE' }),
    Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
    'no',
  ])('P7 any other error is a fault of the exchange’s own, kept as it was, and blames no server: %s', (thrown) => {
    const { one, told } = running(led());
    one.failed(thrown);
    expect(told.what).toEqual([
      ['failed', { phase: 'connect', kind: 'local', detail: 'no', part: 'dot' }, false, thrown],
    ]);
  });

  it('a code of ours is nobody’s fault', () => {
    const { one, told } = running(led());
    const refused = new DotscoutError('REFUSED_BY_GUARD', 'no');
    one.failed(refused);
    expect(told.what).toEqual([['failed', { phase: 'connect', kind: 'local', detail: 'no' }, false, refused]]);
  });

  it('P7 an attempt that cannot be taken back fails, and nobody is thrown at', async () => {
    const thrown = new Error('no');
    const broken = () => {
      throw thrown;
    };
    const { one, told } = running(led({ withdraw: broken }));
    expect(one.withdraw()).toBe(false);
    await Promise.resolve();
    expect(told.what).toMatchObject([['failed', { kind: 'local', part: 'dot' }, false, thrown]]);
  });
});

describe('what an attempt has to bring', () => {
  const none = { phase: 'answer', kind: 'local', detail: 'the attempt brought no reply', part: 'dot' };

  it.each<[string, unknown]>([
    ['eleven octets', { ...reply, message: reply.message.subarray(0, 11) }],
    ['a list of octets', { ...reply, message: [...reply.message] }],
    ['no times', { ...reply, times: undefined }],
    [
      'an object that throws',
      {
        get message(): Uint8Array {
          throw new Error('no');
        },
      },
    ],
  ])('%s: a failure of our own', (_, brought) => {
    const { one, told } = running(led());
    one.answered(brought as Reply);
    expect(told.what).toEqual([['failed', none, false, new TypeError(none.detail, { cause: brought })]]);
    expect(one.reply).toBeUndefined();
  });

  it('a header alone is enough', () => {
    const { one, told } = running(led());
    const message = Uint8Array.from([0x12, 0x34, 0x80, 5, 0, 0, 0, 0, 0, 0, 0, 0]);
    one.answered({ ...reply, message });
    expect(told.what).toEqual([['answered', message]]);
  });
});

describe('taking back', () => {
  it('what has ended is not taken back', () => {
    const { one } = running(led({ withdraw: () => true }));
    expect(one.withdraw()).toBe(true);
    one.answered(reply);
    expect(one.withdraw()).toBe(false);
  });

  it('nor what could not begin, or has not', () => {
    const broken = led();
    Object.assign(broken, { attempt: () => undefined });
    expect(running(broken).one.withdraw()).toBe(false);
    expect(new TransportTry('dot', new Told()).withdraw()).toBe(false);
  });
});
