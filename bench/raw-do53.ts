import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Endpoint } from '../src/index.js';
import { inTurn, plainQueries } from './queries.js';

const NAMES = 1_000;
const LOOK_MS = 200;

/**
 * What any client over `node:dgram` is measured by: one socket, not connected, a datagram for a datagram. It counts, and
 * neither matches nor decodes.
 *
 * @param endpoint - the server
 * @param window - how many queries are kept in flight
 * @param forMs - for how long
 * @returns how many answers came
 */
export async function rawDo53({ address, port }: Endpoint, window: number, forMs: number): Promise<number> {
  const next = inTurn(plainQueries(NAMES));
  const socket = createSocket('udp4');
  const send = (): void => socket.send(next(), port, address);
  let answers = 0;
  let seen = 0;
  let isOver = false;
  socket.on('message', () => {
    answers++;
    if (!isOver) send();
  });
  socket.bind();
  await once(socket, 'listening');
  for (let count = 0; count < window; count++) send();
  // If all datagrams were lost, none would ever be sent again.
  const watch = setInterval(() => {
    if (answers === seen) for (let count = 0; count < window; count++) send();
    seen = answers;
  }, LOOK_MS);
  await new Promise((resolve) => setTimeout(resolve, forMs));
  isOver = true;
  clearInterval(watch);
  socket.close();
  return answers;
}
