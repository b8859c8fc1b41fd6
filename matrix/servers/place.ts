import { accessSync, constants, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../test/support/daemon.js';
import { NotRun } from '../row.js';

const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Where servers are installed: this machine, or the tree of another system on it, which is entered by chroot. */
export class Place {
  readonly #root: string | undefined;

  /** @throws an error where there is no such tree */
  constructor(root: string | undefined) {
    if (root !== undefined && !existsSync(join(root, 'usr'))) throw new Error(`${root}: no system is in it`);
    this.#root = root;
  }

  /**
   * What runs a program: a program of this machine, with arguments.
   *
   * @throws `NotRun` where it is not installed
   */
  command(name: string, debianPackage: string, args: readonly string[]): [string, ...string[]] {
    if (this.#root === undefined) return [installed(name, debianPackage), ...args];
    const root = this.#root;
    const path = FOLDERS.map((folder) => join(folder, name)).find((one) => isProgram(join(root, one)));
    if (path === undefined) throw new NotRun(`not installed there: ${debianPackage}`);
    return [installed('chroot', 'coreutils'), root, path, ...args];
  }

  /** A new folder: its path for us, and for programs of the place. */
  newFolder(): { outside: string; inside: string } {
    const outside = mkdtempSync(
      join(this.#root ?? '', this.#root === undefined ? tmpdir() : 'tmp', 'dotscout-server-'),
    );
    return { outside, inside: outside.slice((this.#root ?? '').length) };
  }
}

function installed(name: string, debianPackage: string): string {
  try {
    return findProgram(name, debianPackage);
  } catch {
    throw new NotRun(`not installed: ${debianPackage}`);
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
