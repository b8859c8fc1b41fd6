import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { sameDice } from './support/dice.js';
import { loopBeat } from './support/loop-beat.js';
import { beginTry, endTry } from './support/stall.js';

// What a file draws before its first test does not hang on the files that its worker ran before.
sameDice();

const beat = loopBeat.start();
afterAll(() => beat[Symbol.dispose]());

beforeEach(async ({ task }) => {
  sameDice(task.name);
  await beginTry((task.result?.retryCount ?? 0) === 0);
  // A test that asserts nothing is a defect.
  expect.hasAssertions();
});

// A try that a stall of ours may have decided counts for nothing: `retry` in vitest.config.ts has it run again.
afterEach(({ task: { name, result, retry } }) => {
  const tries = typeof retry === 'object' ? (retry.count ?? 0) : (retry ?? 0);
  // What hung was decided by no stall, and takes its whole time at every try.
  const hung = result?.errors?.some(({ message }) => /^(Test|Hook) timed out in/.test(message)) ?? false;
  const isLast = hung || (result?.retryCount ?? 0) >= tries;
  endTry({ title: name, failed: result?.state === 'fail', isLast });
});
