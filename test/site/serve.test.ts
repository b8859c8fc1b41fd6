import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type SiteServer, serveSite } from '../../site/serve.js';

const parent = mkdtempSync(join(tmpdir(), 'dotscout-serve-'));
let server: SiteServer;

beforeAll(() => {
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  mkdirSync(join(parent, 'site', 'playground'), { recursive: true });
  writeFileSync(join(parent, 'site', 'index.html'), 'front');
  writeFileSync(join(parent, 'site', 'playground', 'index.html'), 'playground');
  for (const name of ['a.css', 'a.js', 'a.svg', 'a.json', 'a.bin']) writeFileSync(join(parent, 'site', name), name);
});
afterAll(() => rmSync(parent, { recursive: true }));
beforeEach(async () => {
  server = await serveSite(join(parent, 'site'));
});
afterEach(() => server[Symbol.asyncDispose]());

/** Asks with the path as it is: an URL would be made plain first. */
async function ask(path: string, method = 'GET'): Promise<{ status: number | undefined; type: unknown; body: string }> {
  const { hostname, port } = new URL(server.url);
  const response = await new Promise<IncomingMessage>((settle, fail) => {
    request({ hostname, port, path, method }, settle).on('error', fail).end();
  });
  return { status: response.statusCode, type: response.headers['content-type'], body: await text(response) };
}

it('is on loopback alone', () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
});

it.each([
  ['/', 'text/html; charset=utf-8', 'front'],
  ['/index.html', 'text/html; charset=utf-8', 'front'],
  ['/?a#b', 'text/html; charset=utf-8', 'front'],
  ['/playground/', 'text/html; charset=utf-8', 'playground'],
  ['/a.css', 'text/css; charset=utf-8', 'a.css'],
  ['/a.js', 'text/javascript; charset=utf-8', 'a.js'],
  ['/a.svg', 'image/svg+xml', 'a.svg'],
  ['/a.json', 'application/json', 'a.json'],
  ['/a.bin', 'application/octet-stream', 'a.bin'],
])('gives out %s as %s', async (path, type, body) => {
  expect(await ask(path)).toEqual({ status: 200, type, body });
});

it.each([
  ['/../secret.txt'],
  ['/%2e%2e/secret.txt'],
  ['/playground/../../secret.txt'],
  ['/..%2fsecret.txt'],
  ['/..\\secret.txt'],
  ['//secret.txt'],
  ['/playground'],
  ['/%'],
])('has nothing at %s', async (path) => {
  expect((await ask(path)).status).toBe(404);
});

it('answers HEAD without a body, and takes nothing', async () => {
  expect(await ask('/a.js', 'HEAD')).toEqual({ status: 200, type: 'text/javascript; charset=utf-8', body: '' });
  expect((await ask('/a.js', 'POST')).status).toBe(405);
});

it('says that a port is taken', async () => {
  await expect(serveSite(join(parent, 'site'), Number(new URL(server.url).port))).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});
