import { createReadStream, readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';

const LOOPBACK = '127.0.0.1';
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

/** A site that is served. */
export interface SiteServer extends AsyncDisposable {
  /** The front page's address. */
  readonly url: string;
}

/**
 * Serves a folder on loopback. It gives out the files that the folder had at the start and no others, whatever a path says.
 *
 * @param folder - with an `index.html`
 * @param port - 0 for any free port
 * @throws rejects with the error of `listen`
 */
export async function serveSite(folder: string, port = 0): Promise<SiteServer> {
  const files = filesOf(folder);
  const server = createServer((request, response) => answer(files, request, response));
  await new Promise<void>((listening, fail) => {
    server.once('error', fail);
    server.listen(port, LOOPBACK, listening);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${bound}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** Each file by the paths that ask for it. */
function filesOf(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.flatMap(({ parentPath, name }): [string, string][] => {
      const file = join(parentPath, name);
      const path = file.slice(join(folder, sep).length - 1).replaceAll(sep, '/');
      return name === 'index.html'
        ? [
            [path, file],
            [path.slice(0, -name.length), file],
          ]
        : [[path, file]];
    }),
  );
}

function answer(files: ReadonlyMap<string, string>, { method, url = '' }: IncomingMessage, response: ServerResponse) {
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const file = files.get(url.replace(/[?#].*$/, ''));
  if (file === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    return;
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  if (method === 'HEAD') response.end();
  else
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
}
