import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NotInstalled, type Place } from '../../../../tools/place.js';

const execute = promisify(execFile);

/**
 * The version that a program tells of itself by `--version`, as `5.4.9`.
 *
 * @param place - where it is installed
 * @param name - the program's
 * @param debianPackage - what brings it
 * @throws `NotInstalled`, also where it is there and does not run
 */
export async function versionOf(place: Place, name: string, debianPackage: string): Promise<string> {
  const [program, ...args] = place.command(name, debianPackage, ['--version']);
  try {
    const { stdout, stderr } = await execute(program, args);
    return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? '';
  } catch (error) {
    throw new NotInstalled(`${name} of ${debianPackage} does not run`, { cause: error });
  }
}
