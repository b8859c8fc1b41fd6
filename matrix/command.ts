import { spawn } from 'node:child_process';

/** What is kept of a program's output. */
const KEPT = 8_000;
const PATIENCE_MS = 900_000;

/** What must not outlive this process. */
const running = new Set<ReturnType<typeof spawn>>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Runs a program to its end.
 *
 * @param directory - where
 * @param command - the program and its arguments
 * @returns what it wrote to stdout
 * @throws an error with the end of what it wrote, unless it ended with 0
 */
export function run(directory: string, ...command: readonly string[]): Promise<string> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS });
    running.add(child);
    let stdout = '';
    let both = '';
    const keep = (chunk: Buffer): void => {
      both = (both + chunk.toString()).slice(-KEPT);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      keep(chunk);
    });
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      running.delete(child);
      if (code === 0) resolve(stdout);
      else reject(new Error(`${command.join(' ')}: ended with ${code ?? signal}\n${both}`));
    });
  });
}
