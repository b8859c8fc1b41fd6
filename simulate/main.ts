// npm run simulate. See arguments.ts.
import { runSimulate } from './command.js';

/** What a shell calls the end of a program whose reader has gone. */
const READER_GONE = 141;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(READER_GONE);
});

process.exitCode = await runSimulate(process.argv.slice(2), 'npm run simulate --');
