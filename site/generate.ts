import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { Application, type Named, ReflectionKind, TypeDocReader } from 'typedoc';
import type { Documents } from './documents.js';
import { adaptPage } from './pages.js';

/** The group of the entry points: `kind_plural_module` in typedoc.json. */
const REFERENCE = 'Reference';

/**
 * What a guide's place in the search is worth, against what the reference names: of ten results, short descriptions of properties
 * would take most.
 */
const GUIDE_BOOST = 10;

/** TypeDoc has warned or failed; it has said why. */
export class GeneratorError extends Error {}

/**
 * Writes the pages: the documents, the reference of every entry point, the search over both.
 *
 * @param documents - the guides
 * @param out - the folder; what is in it is removed
 * @throws rejects with {@link GeneratorError}; a warning is an error
 */
export async function generate({ front, pages, chapters }: Documents, out: string): Promise<void> {
  const groups = [...chapters, REFERENCE];
  const app = await Application.bootstrap(
    {
      ...{ options: 'typedoc.json', readme: front, projectDocuments: pages, groupOrder: [...groups, '*'] },
      searchGroupBoosts: Object.fromEntries(chapters.map((chapter) => [chapter, GUIDE_BOOST])),
      // Types are checked by `npm run typecheck`; the check takes as long as all else together.
      skipErrorChecking: true,
    },
    [new TypeDocReader()],
  );
  const names = entryNames();
  app.converter.on('createDeclaration', (_, reflection) => nameEntry(reflection, names));
  app.renderer.on('endPage', (page) => adaptPage(page, groups));
  const check = () => {
    if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new GeneratorError('TypeDoc has found faults');
  };
  const project = await app.convert();
  check();
  if (project === undefined) throw new GeneratorError('TypeDoc has read nothing');
  app.validate(project);
  check();
  await app.generateDocs(project, out);
  check();
}

/** What programs import an entry point by, for each source folder of an entry point. */
function entryNames(): ReadonlyMap<string, string> {
  const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, { readonly types: string }>>;
  };
  const sourceOf = (types: string) => /^\.\/dist\/(?:(.+)\/)?index\.d\.ts$/.exec(types)?.[1] ?? 'index';
  return new Map(Object.entries(exports).map(([path, { types }]) => [sourceOf(types), posix.join(name, path)]));
}

function nameEntry(reflection: Named, names: ReadonlyMap<string, string>): void {
  if (reflection.kindOf(ReflectionKind.Module)) reflection.name = names.get(reflection.name) ?? reflection.name;
}
