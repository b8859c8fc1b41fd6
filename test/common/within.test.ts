import { describe, expect, it } from 'vitest';
import { within } from '../../src/common/within.js';
import { VirtualClock } from '../../src/testing/index.js';

const never = () => new Promise<never>(() => {});

describe('within', () => {
  it('gives what the task gives, and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    expect(await within(clock, 1_000, async () => 7)).toBe(7);
    expect(await within(clock, 1_000, () => 8)).toBe(8);
    await expect(within(clock, 1_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(clock.pending).toBe(0);
  });

  it('takes a throw for a rejection', async () => {
    const clock = new VirtualClock();
    const task = (): Promise<void> => {
      throw new Error('thrown');
    };
    await expect(within(clock, 1_000, task)).rejects.toThrow('thrown');
    expect(clock.pending).toBe(0);
  });

  it('rejects at the limit, not before, and aborts the task', async () => {
    const clock = new VirtualClock();
    let signal: AbortSignal | undefined;
    let error: unknown;
    const wait = within(clock, 1_000, (given) => {
      signal = given;
      return never();
    });
    wait.catch((reason) => {
      error = reason;
    });
    await clock.advance(999);
    expect(error).toBeUndefined();
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(error).toEqual(new Error('no answer within 1000 ms'));
    expect(signal?.reason).toBe(error);
    expect(clock.pending).toBe(0);
  });

  it('ends with the signal and its reason, and aborts the task', async () => {
    const clock = new VirtualClock();
    const caller = new AbortController();
    const reason = new Error('gone');
    let signal: AbortSignal | undefined;
    const task = (given: AbortSignal) => {
      signal = given;
      return never();
    };
    const wait = within(clock, 1_000, task, { signal: caller.signal });
    caller.abort(reason);
    await expect(wait).rejects.toBe(reason);
    expect(signal?.reason).toBe(reason);
    expect(clock.pending).toBe(0);
    let isCalled = false;
    const late = within(clock, 1_000, () => (isCalled = true), { signal: caller.signal });
    await expect(late).rejects.toBe(reason);
    expect(isCalled).toBe(false);
  });

  it('a task that has settled is not aborted any more', async () => {
    const clock = new VirtualClock();
    const caller = new AbortController();
    let isAborted = false;
    await within(clock, 1_000, (given) => void given.addEventListener('abort', () => (isAborted = true)), {
      signal: caller.signal,
    });
    caller.abort();
    await clock.advance(1_000);
    expect(isAborted).toBe(false);
  });
});
