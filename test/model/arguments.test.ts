import { expect, it } from 'vitest';
import { readArguments } from '../../model/arguments.js';

it('puts faults in by default', () => {
  expect(readArguments([])).toEqual({ help: false, json: false, mutations: true });
});

it('takes its options', () => {
  expect(readArguments(['--json', '--no-mutations'])).toEqual({ help: false, json: true, mutations: false });
});

it('refuses what it does not know', () => {
  expect(() => readArguments(['--whatever'])).toThrow(/whatever/);
});
