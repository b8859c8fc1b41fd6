// npm run example -- NAME: runs one of the examples, with what it needs compiled.
const EXAMPLES: Readonly<Record<string, () => Promise<unknown>>> = {
  resolver: () => import('./resolver.js'),
  'wrap-your-client': () => import('./wrap-your-client.js'),
  bns: () => import('./bns/main.js'),
  dns2: () => import('./dns2/main.js'),
  'dns-socket': () => import('./dns-socket/main.js'),
  'node-dns': () => import('./node-dns.js'),
};
const USAGE_ERROR = 2;

const [name = ''] = process.argv.slice(2);
const example = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
if (example === undefined) {
  console.error(`npm run example -- NAME, where NAME is one of: ${Object.keys(EXAMPLES).join(', ')}`);
  process.exitCode = USAGE_ERROR;
} else {
  await example();
}
