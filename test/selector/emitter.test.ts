// What people do with an emitter of node:events, which is what the selector is in shape.
import { on, once } from 'node:events';
import { inspect } from 'node:util';
import { expect, it, test } from 'vitest';

import { world } from '../support/world.js';

const A = '192.0.2.1';

it('once of node:events, and its signal', async () => {
  const w = world();
  const heard = once(w.selector, 'query');
  await w.ask(A);
  expect(await heard).toMatchObject([{ asked: 'do53' }]);
  const caller = new AbortController();
  const never = once(w.selector, 'probe', { signal: caller.signal });
  caller.abort();
  await expect(never).rejects.toMatchObject({ name: 'AbortError' });
  expect(w.selector.eventNames()).toEqual(['transition']);
});

it('on of node:events, and its signal', async () => {
  const w = world();
  const caller = new AbortController();
  const told = on(w.selector, 'query', { signal: caller.signal });
  await w.ask(A);
  expect((await told.next()).value).toMatchObject([{ achieved: 'do53' }]);
  caller.abort();
  await expect(told.next()).rejects.toMatchObject({ name: 'AbortError' });
  expect(w.selector.eventNames()).toEqual(['transition']);
});

test('listeners come and go as in node:events', async () => {
  const w = world();
  const selector = w.selector.removeAllListeners();
  const order: string[] = [];
  const first = () => order.push('first');
  const second = () => order.push('second');
  selector
    .addListener('query', second)
    .prependListener('query', first)
    .prependOnceListener('query', () => order.push('once'));
  selector.once('query', second);
  expect(selector.listenerCount('query')).toBe(4);
  expect(selector.listenerCount('query', second)).toBe(2);
  expect(selector.eventNames()).toEqual(['query']);
  await w.ask(A);
  expect(order.splice(0)).toEqual(['once', 'first', 'second', 'second']);
  expect(selector.listeners('query')).toEqual([first, second]);
  selector.on('query', first).off('query', first);
  expect(selector.rawListeners('query')).toEqual([first, second]);
  selector.removeListener('query', first).removeAllListeners('query');
  expect([selector.eventNames(), selector.getMaxListeners()]).toEqual([[], 0]);
  expect(selector.setMaxListeners(1)).toBe(selector);
});

test('console.log of a selector: numbers, and closed or not', async () => {
  const w = world();
  const { selector } = w;
  for (let i = 1; i < 200; i++) await w.ask(`192.0.2.${i}`);
  const shown = inspect(selector);
  expect(shown).toMatch(/TransportSelector/);
  expect(shown).toMatch(/unknown: 199/);
  expect(shown).toMatch(/do53: 199/);
  expect(shown).toMatch(/isClosed: false/);
  expect(shown.length).toBeLessThan(400);
  await selector.close();
  expect(inspect(selector)).toMatch(/isClosed: true/);
});
