// npm run demo. See arguments.ts.
import { runDemo } from './command.js';

process.exitCode = await runDemo(process.argv.slice(2), 'npm run demo --');
