import { run } from './command.js';
import { ROOT } from './places.js';
import type { Row } from './row.js';

/** What belongs into the package: the compiled library, what says what it is, and what the README links to. */
const BELONGS = new RegExp(
  `^(${[
    'dist/[\\w/-]+\\.(js|d\\.ts)',
    '(package\\.json|README\\.md|LICENSE|CHANGELOG\\.md)',
    '(docs/[\\w-]+\\.md|bench/RESULTS\\.md)',
    'examples/[\\w/.-]+\\.(ts|md)',
  ].join('|')})$`,
);
const NEEDED = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts'];

/** What `npm pack --json` says, as far as we read it. */
interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** The rows of the package itself. */
export function packageRows(): Row[] {
  return [
    {
      place: 'Package',
      what: 'holds what belongs, and nothing else',
      part: 'both' as const,
      async run() {
        await run(ROOT, 'npm', 'run', 'build');
        const [packed] = JSON.parse(await run(ROOT, 'npm', 'pack', '--dry-run', '--json')) as Packed[];
        if (packed === undefined) throw new Error('npm pack says nothing');
        const paths = packed.files.map(({ path }) => path);
        const strange = paths.filter((path) => !BELONGS.test(path));
        const missing = NEEDED.filter((path) => !paths.includes(path));
        if (strange.length > 0) throw new Error(`does not belong: ${strange.join(', ')}`);
        if (missing.length > 0) throw new Error(`is missing: ${missing.join(', ')}`);
        return `${paths.length} files, ${kilo(packed.size)} packed, ${kilo(packed.unpackedSize)} unpacked`;
      },
    },
    {
      place: 'Package',
      what: 'size of each entry point within its budget',
      part: 'both' as const,
      async run() {
        const said = await run(ROOT, 'npx', 'size-limit', '--json');
        const entries = JSON.parse(said) as {
          readonly name: string;
          readonly size: number;
          readonly passed: boolean;
        }[];
        return entries.map(({ name, size }) => `${name} ${kilo(size)}`).join(', ');
      },
    },
  ];
}

function kilo(octets: number): string {
  return `${(octets / 1_000).toFixed(1)} kB`;
}
