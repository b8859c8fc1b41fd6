// The child process of the demo: runs the servers, so that they and the resolver do not share an event loop.

import type { Fleet, FleetMessage } from '../tools/fleet.js';
import { startEmbeddedFleet } from './embedded-fleet.js';
import { startRealFleet } from './real-fleet.js';

let fleet: Promise<Fleet> | undefined;
let ending = false;

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await fleet?.then(
    (running) => running.close(),
    () => {},
  );
  process.exit(0);
}

function tell(message: FleetMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
}

// Ctrl-C reaches every process of the terminal; the demo itself decides when we end, by closing the channel. That it
// closes when the demo is killed as well.
process.on('SIGINT', () => {});
process.once('SIGTERM', () => void end());
process.once('disconnect', () => void end());
// It may have been over before anybody listened.
if (!process.connected) await end();

try {
  fleet = process.argv[2] === 'real' ? startRealFleet() : startEmbeddedFleet();
  const { servers } = await fleet;
  await tell({ servers });
} catch (error) {
  await tell({ error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
