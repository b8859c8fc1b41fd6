// The programs beside this do what they say.
import { format } from 'node:util';
import { expect, test, vi } from 'vitest';

/** What a program prints, line by line. */
async function printedBy(program: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  // A program that was imported before would not run again.
  vi.resetModules();
  const log = vi.spyOn(console, 'log').mockImplementation((...args) => {
    lines.push(format(...args));
  });
  try {
    await program();
  } finally {
    log.mockRestore();
  }
  return lines;
}

test('resolver.ts prefers the server that speaks DoT, once it is known', async () => {
  const lines = await printedBy(() => import('./resolver.js'));
  expect(lines).toHaveLength(9);
  expect(lines[0]).toBe('a.example.org is 192.0.2.1, says 127.1.0.1 over do53 (unknown)');
  for (const [index, name] of ['e', 'f', 'g'].entries()) {
    expect(lines[4 + index]).toBe(`${name}.example.org is 192.0.2.1, says 127.1.0.1 over dot (good)`);
  }
  expect(lines.slice(7)).toEqual(['127.1.0.1 is Good', '127.2.0.1 is Bad']);
});

test('wrap-your-client.ts discovers, uses and gives up DoT both ways', async () => {
  const lines = await printedBy(() => import('./wrap-your-client.js'));
  expect(lines).toEqual([
    'decide and report',
    'clear (unknown): do53, rcode 0',
    'clear (unknown): do53, rcode 0',
    'encrypt (good): dot, rcode 0',
    'encrypt (good): do53, rcode 0',
    'encrypt (good): do53, rcode 0',
    'clear (bad): do53, rcode 0',
    'now Bad',
    'as an exchange',
    'do53',
    'do53',
    'dot',
    'do53, fell back',
  ]);
});
