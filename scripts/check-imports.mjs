// Imports run one way, down (the order below), and state/ imports nothing outside itself. Exits 1 and names each breach.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** From the bottom up. What stands in one line are neighbours: each imports from the lines above it here, never from the other. */
const FLOORS = [
  ['state/'],
  ['common/'],
  ['wire/', 'store/'],
  ['contact/'],
  ['transport/', 'rules/'],
  ['probe/'],
  ['sources/', 'observe/'],
  ['discovery/', 'options.ts'],
  ['decide/', 'query/'],
  ['assemble.ts'],
  ['selector.ts'],
  ['query-servers.ts'],
  ['index.ts'],
  ['prometheus/', 'testing/', 'resolver/'],
];

/** What the plain entry point has no part of. */
const BESIDE = ['store/file/', 'store/redis/', 'store/cluster/', 'sources/ddr-source.ts', 'testing/', 'resolver/'];
/** Who alone may import what, so that the plain entry point does not load it: see transport/built-ins.ts. */
const ALONE = {
  'dns-packet': ['testing/', 'resolver/'],
  'node:crypto': BESIDE,
  'node:net': BESIDE,
  'node:tls': ['testing/'],
};

/** The same of the command, which stands on the library's public entry points. */
const COMMAND_FLOORS = [
  ['exit.ts', 'text.ts'],
  ['input/'],
  ['look/'],
  ['options.ts'],
  ['probe/', 'query/', 'scan/', 'state-file/', 'zone/'],
  ['doctor/'],
  ['program.ts'],
  ['main.ts'],
];
/** The same of the conformance kit: the sheet, which is data, knows neither servers nor resolvers. */
const KIT_FLOORS = [
  ['sheet/'],
  ['world/', 'resolvers/', 'report/'],
  ['run/', 'bns-process.ts'],
  ['arguments.ts'],
  ['program.ts'],
  ['main.ts'],
];
/**
 * What the kit knows beside the library's public entry points: how options and tables are, the host that it tries, and the parts of
 * fault servers of which it makes others.
 */
const KIT_OUTSIDE = [
  'tools/arguments.ts',
  'tools/place.ts',
  'tools/processor-wait.ts',
  'tools/tables.ts',
  'tools/workload.ts',
  'examples/bns/bns.ts',
  'examples/bns/resolver.ts',
  'src/testing/answers.ts',
  'src/testing/framing.ts',
  'src/testing/journal.ts',
  'src/testing/random.ts',
  'src/testing/tcp-faults.ts',
];
/** What the command knows of the library beside those. The repository's own programs it loads when they are called. */
const COMMAND_OUTSIDE = [
  'src/contact/guard.ts',
  'src/contact/server.ts',
  'src/probe/budgets.ts',
  'src/resolver/hosts-file.ts',
  'src/resolver/question.ts',
  'src/resolver/rcodes.ts',
  'src/resolver/read-answer.ts',
  'src/state/address/address.ts',
  'src/wire/edns-options.ts',
  'src/wire/message.ts',
  'src/wire/names.ts',
  'src/wire/worth.ts',
];

const root = resolve(import.meta.dirname, '..');
const breaches = [];
const counted = [
  check(resolve(root, 'src'), FLOORS, []),
  check(resolve(root, 'packages/dotscout-cli/src'), COMMAND_FLOORS, COMMAND_OUTSIDE),
  check(resolve(root, 'packages/dot-conformance/src'), KIT_FLOORS, KIT_OUTSIDE),
];

for (const breach of breaches) console.error(breach);
if (breaches.length > 0) process.exit(1);
for (const { name, files, floors } of counted)
  console.log(`${name}: ${files} files, ${floors} floors, every import points down`);

/** Checks one house. */
function check(src, floors, outside) {
  const files = readdirSync(src, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const isIn = (file, room) => file === room || (room.endsWith('/') && file.startsWith(room));
  const floorOf = (file) => floors.findIndex((rooms) => rooms.some((room) => isIn(file, room)));
  const roomOf = (file) => floors.flat().find((room) => isIn(file, room));
  const graph = new Map();

  for (const file of files) {
    const floor = floorOf(file);
    if (floor < 0) breaches.push(`${file}: stands on no floor; name it in scripts/check-imports.mjs`);
    const text = readFileSync(join(src, file), 'utf8');
    const imports = [];
    for (const [, isType, specifier] of text.matchAll(/^(?:import|export)\b(\s+type\b)?[^;]*?\bfrom\s+'([^']+)'/gm)) {
      if (!specifier.startsWith('.')) {
        if (floors === FLOORS && file.startsWith('state/'))
          breaches.push(`${file} imports ${specifier}: state/ is pure`);
        const rooms = floors === FLOORS ? ALONE[specifier] : undefined;
        if (rooms !== undefined && !isType && !rooms.some((room) => isIn(file, room)))
          breaches.push(`${file} imports ${specifier}: ${rooms.join(' and ')} alone may`);
        continue;
      }
      const path = resolve(dirname(join(src, file)), specifier.replace(/\.js$/, '.ts'));
      if (outside.includes(relative(root, path)) || path === resolve(src, '../package.json')) continue;
      const target = relative(src, path);
      imports.push(target);
      if (floors === FLOORS && file.startsWith('state/') && !target.startsWith('state/'))
        breaches.push(`${file} imports ${target}: state/ is pure`);
      if (floorOf(target) < 0) breaches.push(`${file} imports ${target}: outside its house`);
      if (floorOf(target) > floor) breaches.push(`${file} imports ${target}: upwards`);
      if (floorOf(target) === floor && roomOf(target) !== roomOf(file))
        breaches.push(`${file} imports ${target}: from a neighbour`);
    }
    graph.set(file, imports);
  }

  /** A circle of imports has no direction at all. */
  const done = new Set();
  function visit(file, path) {
    if (path.includes(file)) {
      breaches.push(`a circle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  }
  for (const file of files) visit(file, []);
  return { name: relative(root, src), files: files.length, floors: floors.length };
}
