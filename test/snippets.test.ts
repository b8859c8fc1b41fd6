// What the documents show is run: TypeScript as a program of its own, commands as far as that there are such.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
// Not in a hidden folder: the type check reads them too.
const FOLDER = resolve(import.meta.dirname, 'doc-snippets');
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/README.md', ...inDocs()];

/** A block of a document. */
interface Block {
  readonly document: string;
  readonly line: number;
  readonly text: string;
}

function inDocs(): string[] {
  const names = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return names.map((name) => `docs/${name}`);
}

function blocks(language: string): Block[] {
  return DOCUMENTS.flatMap((document) => {
    const whole = readFileSync(join(ROOT, document), 'utf8');
    return [...whole.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => ({
      ...{ document, text: match[1] ?? '' },
      line: whole.slice(0, match.index).split('\n').length,
    }));
  });
}

/** What a program prints, line by line. */
async function printedBy(file: string): Promise<string[]> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...args) => {
    lines.push(format(...args));
  });
  try {
    await import(file);
  } finally {
    log.mockRestore();
  }
  return lines;
}

describe('the TypeScript of the documents', () => {
  beforeAll(() => {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER);
  });

  it.each(blocks('ts'))('$document, line $line, prints what it says', async ({ document, line, text }) => {
    const file = join(FOLDER, `${document.replace(/\W/g, '-')}-${line}.ts`);
    writeFileSync(file, `// ${document}, line ${line}\n${text}`);
    const promised = [...text.matchAll(/\/\/ → (.*)$/gm)].map(([, promise]) => promise);
    expect(await printedBy(file)).toEqual(promised);
  });
});

describe('the commands of the documents', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const npm = ['ci', 'install', 'test', 'pack'];

  it.each(blocks('sh'))('$document, line $line: there are such', ({ text }) => {
    const commands = text.split('\n').flatMap((line) => line.replace(/#.*/, '').split('&&'));
    const unknown = commands.filter((command) => {
      const [, script] = /\bnpm run (?:--silent )?([\w:-]+)/.exec(command) ?? [];
      if (script !== undefined) return !(script in scripts);
      const [program, argument = ''] = command.trim().split(/\s+/);
      if (program === 'npm') return !npm.includes(argument);
      return program === 'node' && !argument.startsWith('-') && !existsSync(join(ROOT, argument));
    });
    expect(unknown).toEqual([]);
  });
});
