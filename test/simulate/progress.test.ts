import { afterEach, expect, it, vi } from 'vitest';
import { Progress, type Terminal } from '../../simulate/progress.js';

afterEach(() => vi.unstubAllEnvs());

/** A terminal that keeps what is written, and a bar on it; time is a number to be set. */
function barOn(given: Omit<Terminal, 'write'>) {
  const written: string[] = [];
  const time = { now: 5_000 };
  const terminal: Terminal = { ...given, write: (text) => written.push(text) };
  return { written, time, bar: new Progress(terminal, 'default', () => time.now) };
}

it('shows how much is done and how long the rest may take, in one line', () => {
  vi.stubEnv('TERM', 'xterm');
  const { written, time, bar } = barOn({ isTTY: true, columns: 80 });
  time.now += 63_000;
  bar.show(0.42);
  bar.show(1);
  bar.end();
  expect(written).toEqual([
    '\r\u001b[Kdefault    0 % [------------------------]',
    '\r\u001b[Kdefault   42 % [##########--------------] 1 min 27 s left',
    '\r\u001b[Kdefault  100 % [########################]',
    '\r\u001b[K',
  ]);
});

it('never fills a line to its end, which would begin another', () => {
  vi.stubEnv('TERM', 'xterm');
  const { written } = barOn({ isTTY: true, columns: 20 });
  expect(written).toEqual([`\r\u001b[K${'default    0 % [---'}`]);
});

it('does not mind a terminal that knows no width', () => {
  vi.stubEnv('TERM', 'xterm');
  expect(barOn({ isTTY: true, columns: 0 }).written).toEqual(['\r\u001b[Kdefault    0 % [------------------------]']);
});

it.each([
  [{ isTTY: false }, 'xterm'],
  [{}, 'xterm'],
  [{ isTTY: true }, 'dumb'],
])('writes nothing to what is no terminal: %j, %s', (given, term) => {
  vi.stubEnv('TERM', term);
  const { written, bar } = barOn(given);
  bar.show(0.5);
  bar.end();
  expect(written).toEqual([]);
});
