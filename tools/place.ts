import { accessSync, constants, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where programs are installed; the PATH of ordinary users often lacks the second half. */
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** A program is not there. */
export class NotInstalled extends Error {}

/** A new folder in a place. */
export interface PlaceFolder {
  /** Its path for us. */
  readonly outside: string;
  /** Its path for programs of the place. */
  readonly inside: string;
}

/** Where programs are installed: this machine, or the tree of another system on it, which is entered by chroot. */
export class Place {
  readonly #root: string | undefined;

  /**
   * @param root - the tree's folder; default this machine
   * @throws an error where there is no such tree
   */
  constructor(root?: string) {
    if (root !== undefined && !existsSync(join(root, 'usr'))) throw new Error(`${root}: no system is in it`);
    this.#root = root;
  }

  /**
   * What runs a program: a program of this machine, with arguments.
   *
   * @param name - the program's
   * @param debianPackage - what brings it
   * @param args - its arguments
   * @throws {@link NotInstalled}
   */
  command(name: string, debianPackage: string, args: readonly string[]): [string, ...string[]] {
    const root = this.#root;
    if (root === undefined) return [installed(name, debianPackage), ...args];
    const path = FOLDERS.map((folder) => join(folder, name)).find((one) => isProgram(join(root, one)));
    if (path === undefined) throw new NotInstalled(`not installed there: ${debianPackage}`);
    return [installed('chroot', 'coreutils'), root, path, ...args];
  }

  /** Makes a folder for temporary files. */
  newFolder(prefix: string): PlaceFolder {
    const root = this.#root ?? '';
    const outside = mkdtempSync(join(root === '' ? tmpdir() : join(root, 'tmp'), prefix));
    return { outside, inside: outside.slice(root.length) };
  }
}

/** The full path of a program of this machine; `undefined` where it is not installed. */
export function pathOf(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), ...FOLDERS];
  return folders.map((folder) => join(folder === '' ? '.' : folder, name)).find(isProgram);
}

function installed(name: string, debianPackage: string): string {
  const path = pathOf(name);
  if (path === undefined) throw new NotInstalled(`not installed: ${debianPackage}`);
  return path;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
