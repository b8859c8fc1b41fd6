import { describe, expect, it } from 'vitest';
import { closedError, quietly, textOf } from '../../src/common/errors.js';

describe('what errors say', () => {
  it('textOf: the message, or whatever was thrown', () => {
    expect(textOf(new TypeError('no such part'))).toBe('no such part');
    expect(textOf('thrown')).toBe('thrown');
    expect(textOf(undefined)).toBe('undefined');
  });

  it('closedError: by its code', () => {
    expect(closedError('the selector')).toMatchObject({ code: 'CLOSED', message: 'the selector is closed' });
  });
});

describe('quietly', () => {
  it('gives what was returned, and nothing of what was thrown', () => {
    expect(quietly(() => 7)).toBe(7);
    expect(
      quietly(() => {
        throw new Error('no');
      }),
    ).toBeUndefined();
  });

  it('a rejection is nobody’s', async () => {
    const rejected: unknown[] = [];
    const note = (reason: unknown) => rejected.push(reason);
    process.on('unhandledRejection', note);
    quietly(() => Promise.reject(new Error('no')));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(rejected).toEqual([]);
  });
});
