// Preloaded into programs that a test runs: at its end each tells through descriptor 3 for how long its loop stood still.
import { writeSync } from 'node:fs';
import { loopBeat } from './loop-beat.js';

loopBeat.start();
process.once('exit', () => {
  writeSync(3, `${loopBeat.take()}\n`);
});
