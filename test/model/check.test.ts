import { expect, it } from 'vitest';
import { check } from '../../model/check.js';
import { readSources } from '../../model/compiled-state.js';
import { type Mutant, mutants } from '../../model/mutants.js';
import { mutate } from '../../model/mutation.js';
import { MUTATIONS } from '../../model/mutations.js';
import { exitStatus, summarize } from '../../model/summary.js';
import { tableOf, violationLines } from '../../model/text.js';

it('no state that can be reached breaks a promise or has no exit', () => {
  const explorations = [...check()];
  console.log(tableOf(explorations).join('\n'));
  expect(explorations.flatMap((one) => one.violations.flatMap((each) => violationLines(one.name, each)))).toEqual([]);
  expect(exitStatus(summarize(explorations, []))).toBe(0);
  // Fewer would say that something does not happen any more.
  for (const { states, depth, longestExit } of explorations) {
    expect(states).toBeGreaterThan(100);
    expect(depth).toBeGreaterThan(5);
    expect(longestExit).toBeGreaterThan(0);
  }
});

it('every guard of the state machine is missed when it is gone', async () => {
  const found: Mutant[] = [];
  for await (const mutant of mutants(await readSources())) found.push(mutant);
  const summary = summarize([], found);
  console.log(`${summary.mutations} faults put in, ${summary.mutationsCaught} seen`);
  const unseen = found.filter(({ caughtBy }) => caughtBy === undefined);
  expect(unseen.map(({ mutation: { file, what } }) => `${file}: ${what}`)).toEqual([]);
  expect(summary.mutations).toBeGreaterThanOrEqual(12);
  // A fault is shown by a way that leads to it.
  for (const { caughtBy } of found) expect(caughtBy?.trace.length).toBeGreaterThan(0);
});

it('a fault that no longer fits the sources is an error, and none is in the list twice', async () => {
  const sources = await readSources();
  const nowhere = { file: 'expiry.ts', what: 'nothing', from: 'what does not stand there', to: '' };
  expect(() => mutate(sources, nowhere)).toThrow(/found 0 times/);
  expect(() => mutate(sources, { ...nowhere, from: 'policy' })).toThrow(/found \d+ times/);
  expect(() => mutate(sources, { ...nowhere, file: 'nowhere.ts' })).toThrow(/nowhere/);
  expect(new Set(MUTATIONS.map(({ file, what }) => `${file}: ${what}`)).size).toBe(MUTATIONS.length);
});
