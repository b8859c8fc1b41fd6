import { readFileSync, readlinkSync } from 'node:fs';
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';

/** How often the holder of a lock shows that it lives, in milliseconds. */
export const LOCK_BEAT_MS = 5_000;
/** After this long without a sign of life, in milliseconds, a lock may be taken. */
const STALE_MS = 30_000;

/** The outcome of an attempt to take a lock. */
export type Taken = 'ours' | 'theirs' | { readonly error: unknown };

/**
 * A lock that lets one process write a file: another file beside it names the holder. A process of this machine and pid
 * namespace that has ended holds nothing; one of another machine or container, whose process numbers say nothing here, holds
 * nothing after 30 s without a sign of life.
 */
export class Lock {
  readonly #path: string;
  readonly #own: string = JSON.stringify({
    host: hostname(),
    pids: PIDS,
    pid: process.pid,
    began: beganAt(process.pid),
    id: ++ids,
  });
  #held = false;

  /** @param path - of the file beside it */
  constructor(path: string) {
    this.#path = path;
  }

  /** Whether it is ours, as of the latest beat. */
  get held(): boolean {
    return this.#held;
  }

  /** Tries to take it. */
  async take(): Promise<Taken> {
    try {
      if (await this.#isOurs()) return 'ours';
      if (!(await this.#isStale())) return 'theirs';
      await rm(this.#path, { force: true });
      this.#held = await this.#create();
      return this.#held ? 'ours' : 'theirs';
    } catch (error) {
      return { error };
    }
  }

  /** Shows that we live, and checks that the lock is still ours: a process that was stopped for long may have lost it. */
  async beat(): Promise<Taken> {
    if (!this.#held) return 'theirs';
    try {
      const now = new Date();
      if (await this.#isOurs()) await utimes(this.#path, now, now);
      return this.#held ? 'ours' : 'theirs';
    } catch (error) {
      this.#held = false;
      return { error };
    }
  }

  /** Gives it back. */
  async release(): Promise<void> {
    if ((await this.beat()) === 'ours') await rm(this.#path, { force: true }).catch(() => undefined);
    this.#held = false;
  }

  /** Whether it is ours: already, perhaps from before some trouble with the disk, or from now on, where nobody has it. */
  async #isOurs(): Promise<boolean> {
    try {
      this.#held = (await readFile(this.#path, 'utf8')) === this.#own;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // It may have been removed under us, with all else that was there.
      this.#held = await this.#create();
    }
    return this.#held;
  }

  async #create(): Promise<boolean> {
    try {
      const file = await open(this.#path, 'wx', 0o600);
      try {
        await file.writeFile(this.#own);
      } finally {
        await file.close();
      }
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  async #isStale(): Promise<boolean> {
    try {
      const { mtimeMs } = await stat(this.#path);
      if (Date.now() - mtimeMs > STALE_MS) return true;
      const { host, pids, pid, began } = Object(JSON.parse(await readFile(this.#path, 'utf8'))) as Partial<
        Record<string, unknown>
      >;
      const isNumberedAlike = host === hostname() && pids === PIDS && typeof pid === 'number';
      return isNumberedAlike && (!isAlive(pid) || beganAt(pid) !== began);
    } catch (error) {
      // The lock has gone meanwhile, or it is being written; one that stays unreadable ends by its age.
      return (error as NodeJS.ErrnoException).code === 'ENOENT';
    }
  }
}

let ids = 0;

/** The namespace that our processes' numbers belong to, where the system has such: containers may share a host's name. */
const PIDS: string | undefined = pidNamespace();

function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, where the system tells it: process numbers are reused. */
function beganAt(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
