import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** What a tarball of the package holds, as npm says, without building it. */
async function packed(): Promise<string[]> {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

describe('the package', () => {
  it('is built when it is packed', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts.prepack).toContain('npm run build');
  });

  it('holds what its README links to', async () => {
    const files = await packed();
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => link.replace(/\/$/, ''));
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((link) => !files.some((file) => file === link || file.startsWith(`${link}/`)))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  interface Locked {
    readonly integrity?: string;
    readonly link?: boolean;
    readonly optional?: boolean;
    readonly os?: readonly string[];
    readonly cpu?: readonly string[];
    readonly libc?: readonly string[];
  }
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const locked = Object.entries(packages).filter(([place, { link }]) => place.includes('node_modules/') && !link);

  /** Whether npm would install it where our checks run: Linux with glibc, on x64. */
  const isOurs = ({ os, cpu, libc }: Locked): boolean =>
    [os?.includes('linux'), cpu?.includes('x64'), libc?.includes('glibc')].every((fits) => fits !== false);

  it('has an integrity for each package, but for optional ones of other platforms, which nothing here can have seen', () => {
    expect(locked.length).toBeGreaterThan(100);
    const bare = locked.filter(([, { integrity }]) => integrity === undefined);
    expect(bare.filter(([, one]) => one.optional !== true || isOurs(one)).map(([place]) => place)).toEqual([]);
  });
});
