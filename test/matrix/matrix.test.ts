import { describe, expect, it } from 'vitest';
import { readArguments } from '../../matrix/arguments.js';
import { outcomeOf } from '../../matrix/row.js';
import { tableOf } from '../../matrix/table.js';
import { ArgumentError } from '../../tools/arguments.js';

describe('npm run matrix', () => {
  it('reads its arguments', () => {
    expect(readArguments([])).toEqual({ help: false, json: false, quick: false, only: '', servers: false });
    expect(readArguments(['--quick', '--only', 'bun'])).toMatchObject({ quick: true, only: 'bun' });
    expect(() => readArguments(['--fast'])).toThrow(ArgumentError);
  });

  it('a row that throws is an outcome, and the table says so in one line', async () => {
    const row = { place: 'Bun', what: 'tests', part: 'whole' as const };
    const good = await outcomeOf({ ...row, run: async () => '1.4.5, 7 of 7 tests' });
    const bad = await outcomeOf({ ...row, run: () => Promise.reject(new Error('one test\nand another')) });
    expect([good.verdict, bad.verdict]).toEqual(['works', 'FAILS']);
    const [head = '', first = '', second = ''] = tableOf([good, bad]);
    expect(head).toMatch(/^where +what +took +detail$/);
    expect(first).toMatch(/^Bun +tests +works +\d+\.\d s +1\.4\.5, 7 of 7 tests$/);
    expect(second).toMatch(/^Bun +tests +FAILS +\d+\.\d s +one test$/);
  });
});
