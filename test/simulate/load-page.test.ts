import { expect, it } from 'vitest';
import { loadPage, MissingPackagesError } from '../../simulate/load-page.js';

const missing = (what: string) =>
  Object.assign(new Error(`Cannot find package '${what}' imported from /somewhere/page.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });

it('gives what makes the page', async () => {
  expect(typeof (await loadPage()).pageOf).toBe('function');
});

it.each(['@observablehq/plot', 'linkedom'])('without %s: says what to install', async (name) => {
  const cause = missing(name);
  const refused = loadPage(() => Promise.reject(cause));
  await expect(refused).rejects.toBeInstanceOf(MissingPackagesError);
  await expect(refused).rejects.toMatchObject({ code: 'MISSING_PACKAGES', cause });
  await expect(refused).rejects.toThrow('npm install @observablehq/plot@0.6 linkedom@0.18');
});

it('what else goes wrong stays what it is', async () => {
  for (const error of [missing('dotscout'), new SyntaxError("'linkedom' is broken")])
    await expect(loadPage(() => Promise.reject(error))).rejects.toBe(error);
});
