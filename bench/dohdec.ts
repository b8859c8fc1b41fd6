import { setTimeout as wait } from 'node:timers/promises';
import { DNSoverTLS } from 'dohdec';
import { ZONE } from './queries.js';
import type { Place } from './raw-dot.js';

const NAMES = 1_000;

/**
 * What the npm package dohdec gets through one session. Only what comes in time is counted: on NSD the last queries of
 * all are not answered, since Node merges its writes to records of which NSD answers the first query only. A client is
 * good for some 60,000 queries: it never forgets an id.
 *
 * @param decode - whether it gives decoded answers, as it does unless told otherwise, or their bytes, as we do
 * @param place - the server
 * @param window - how many queries are kept in flight
 * @param forMs - for how long
 * @returns answers a second
 */
export async function dohdec(
  decode: boolean,
  { address, dotPort }: Place,
  window: number,
  forMs: number,
): Promise<number> {
  const client = new DNSoverTLS({ host: address, port: dotPort, rejectUnauthorized: false });
  let answers = 0;
  const ask = async (): Promise<void> => {
    for (;;) {
      await client.lookup(`host${answers % NAMES}.${ZONE}`, { rrtype: 'A', decode });
      answers++;
    }
  };
  await client.lookup(ZONE, { rrtype: 'A', decode });
  const startedAt = performance.now();
  // What is open at the end is rejected when the session closes.
  for (let count = 0; count < window; count++) ask().catch(() => {});
  await wait(forMs);
  const rate = (1_000 * answers) / (performance.now() - startedAt);
  await client.close();
  return rate;
}
