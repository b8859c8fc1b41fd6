import { spawn } from 'node:child_process';

/**
 * The command that shows an address in the person's browser.
 *
 * @param platform - as `process.platform`
 * @param env - as `process.env`
 * @returns undefined where there is no screen
 */
export function browserCommand(
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['explorer'];
  return env.DISPLAY === undefined && env.WAYLAND_DISPLAY === undefined ? undefined : ['xdg-open'];
}

/** Shows an address in the person's browser, if there is a way. */
export function showInBrowser(url: string): void {
  const command = browserCommand(process.platform, process.env);
  if (command === undefined) return;
  const [program, ...args] = command;
  const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore' });
  // The address has been printed: who has no such program opens it by hand.
  child.on('error', () => {});
  child.unref();
}
