import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from './command.js';
import { ROOT } from './places.js';

/** Where the server is that the programs ask. */
interface Place {
  readonly address: string;
  readonly port: number;
  readonly dotPort: number;
}

const SERVER = `import { startFaultServer } from 'dotscout/testing';
const { address, port, dotPort } = await startFaultServer();
console.log(JSON.stringify({ address, port, dotPort }));
`;
/** What a program says that it prints: after an arrow, or the object at the end of a line. */
const PRINTED = /\/\/ → (.*)$|\/\/ +(\{.*\})$/gm;

/**
 * Runs the programs of README.md, compiled, each in a process of its own, and the server that they ask in another.
 *
 * @param folder - where the package is installed
 * @param compile - compiles files there
 * @returns how many there were
 */
export async function runReadme(
  folder: string,
  compile: (files: readonly string[]) => Promise<string>,
): Promise<string> {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const programs = [...readme.matchAll(/^```[jt]s\n([\s\S]*?)^```/gm)].map(([, program = '']) => program);
  if (programs.length === 0) throw new Error('README.md has no program');
  writeFileSync(join(folder, 'server.mjs'), SERVER);
  const server = spawn(process.execPath, ['server.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(createInterface(server.stdout), 'line', { signal: AbortSignal.timeout(10_000) });
    const place = JSON.parse(String(line)) as Place;
    for (const [index, program] of programs.entries())
      writeFileSync(join(folder, `readme-${index}.mts`), placed(program, place));
    await compile(programs.map((_, index) => `readme-${index}.mts`));
    for (const [index, program] of programs.entries()) {
      const said = await run(folder, process.execPath, `readme-${index}.mjs`);
      const missing = [...program.matchAll(PRINTED)].map(([, one, other]) => one ?? other ?? '').filter(isNotIn(said));
      if (missing.length > 0)
        throw new Error(`program ${index + 1} of README.md says ${said}, not ${missing.join(', ')}`);
    }
  } finally {
    server.kill();
  }
  return `${programs.length} programs`;
}

/**
 * The program with our server in the place of the one that it names or starts.
 *
 * @throws an error where it would ask another
 */
function placed(program: string, { address, port, dotPort }: Place): string {
  const ours = program
    .replace("servers: ['9.9.9.9']", `servers: ['${address}:${port}'], dotPort: ${dotPort}`)
    .replace('await startFaultServer()', `{ ...${JSON.stringify({ address, port, dotPort })}, close: () => {} }`);
  if (
    ours.includes('startFaultServer(') ||
    ours.includes('servers: [') !== ours.includes(`servers: ['${address}:${port}']`)
  )
    throw new Error(`a program of README.md asks another server:\n${ours}`);
  return ours;
}

function isNotIn(said: string): (line: string) => boolean {
  const lines = said.split('\n');
  return (line) => !lines.includes(line);
}
