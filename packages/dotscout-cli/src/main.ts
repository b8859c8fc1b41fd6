#!/usr/bin/env node
// The command dotscout. What it can do stands in program.ts.
import { EXIT, messageOf } from './exit.js';
import { run } from './program.js';

// A reader that has seen enough, as head has, is no failure of ours; nobody is left to be told.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.readerGone);
  process.stderr.write(`dotscout: stdout: ${messageOf(error)}\n`);
  process.exit(EXIT.failed);
});
// What nobody hears changes nothing: a scan whose terminal has gone goes on.
process.stderr.on('error', () => {});

process.exitCode = await run(process.argv.slice(2));
