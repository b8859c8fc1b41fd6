#!/usr/bin/env node
// The command dotscout. What it can do stands in program.ts.
import { EXIT } from './exit.js';
import { run } from './program.js';

// A reader that has seen enough, as head has, is no failure of ours; nobody is left to be told.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.readerGone);
});

process.exitCode = await run(process.argv.slice(2));
