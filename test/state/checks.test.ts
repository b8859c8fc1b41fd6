import { describe, expect, it } from 'vitest';
import { FAILURE_KINDS, isEvidence, isTimes, PHASES } from '../../src/state/checks.js';

const FAILURE = { result: 'failure', phase: 'connect', kind: 'refused', controlled: true };

describe('what a host’s own part gave', () => {
  it.each([
    { total: 0 },
    { total: 12.5 },
    { total: 3, connect: 1, handshake: 1, answer: 1 },
    { total: 3, connect: undefined, handshake: 0, answer: undefined },
  ])('is a set of times: %j', (times) => {
    expect(isTimes(times)).toBe(true);
  });

  it.each([
    ...[undefined, null, 5, 'x', {}, [], { connect: 1 }, { total: undefined }, { total: '1' }, { total: true }],
    ...[{ total: -1 }, { total: Number.NaN }, { total: Number.POSITIVE_INFINITY }, { total: 5n }],
    ...[
      { total: 1, connect: -1 },
      { total: 1, handshake: Number.NaN },
      { total: 1, answer: null },
    ],
    ...[
      { total: 1, connect: '1' },
      { total: 1, handshake: '1' },
      { total: 1, answer: '1' },
      { total: '1', answer: 1 },
    ],
    ...[{ total: Number.NEGATIVE_INFINITY, connect: 1, handshake: 1, answer: 1 }],
  ])('is none: %o', (times) => {
    expect(isTimes(times)).toBe(false);
  });

  it.each([
    { result: 'success' },
    { result: 'inconclusive', why: 'local' },
    FAILURE,
    { ...FAILURE, controlled: false },
    ...PHASES.map((phase) => ({ ...FAILURE, phase })),
    ...FAILURE_KINDS.map((kind) => ({ ...FAILURE, kind })),
  ])('is evidence: %j', (evidence) => {
    expect(isEvidence(evidence)).toBe(true);
  });

  it.each([
    ...[undefined, null, 'success', 5, {}, { result: '' }, { result: 'good' }, { result: 'failure' }],
    ...[
      { ...FAILURE, phase: 'query' },
      { ...FAILURE, kind: 'odd' },
      { ...FAILURE, controlled: 'yes' },
    ],
    ...[
      { ...FAILURE, result: 'failures' },
      { ...FAILURE, phase: undefined },
      { ...FAILURE, kind: undefined },
    ],
    ...[
      { ...FAILURE, phase: '', kind: '' },
      { ...FAILURE, controlled: undefined },
      { ...FAILURE, controlled: '' },
    ],
  ])('is none: %j', (evidence) => {
    expect(isEvidence(evidence)).toBe(false);
  });

  it('phases and kinds keep their places, which packed rows hold', () => {
    expect(PHASES).toEqual(['connect', 'handshake', 'answer']);
    expect(FAILURE_KINDS.join(' ')).toBe('refused unreachable silent closed not-tls alert malformed lame local auth');
  });
});
