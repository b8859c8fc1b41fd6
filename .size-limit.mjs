// dotscout/resolver and dotscout/testing carry dns-packet; the plain entry does not.
// How large each entry point is with all that it imports, minified and brotlied. A browser takes `dotscout/state` alone.
const forNode = (config) => ({ ...config, platform: 'node' });

export default [
  { name: 'dotscout', path: 'dist/index.js', limit: '78.9 kB', modifyEsbuildConfig: forNode },
  { name: 'dotscout/state', path: 'dist/state/index.js', limit: '15 kB' },
  { name: 'dotscout/testing', path: 'dist/testing/index.js', limit: '110.5 kB', modifyEsbuildConfig: forNode },
  { name: 'dotscout/resolver', path: 'dist/resolver/index.js', limit: '95.6 kB', modifyEsbuildConfig: forNode },
  { name: 'dotscout/store', path: 'dist/store/index.js', limit: '8 kB', modifyEsbuildConfig: forNode },
  { name: 'dotscout/sources', path: 'dist/sources/index.js', limit: '11.8 kB', modifyEsbuildConfig: forNode },
  { name: 'dotscout/redis', path: 'dist/store/redis/index.js', limit: '7.7 kB', modifyEsbuildConfig: forNode },
  { name: 'dotscout/cluster', path: 'dist/store/cluster/index.js', limit: '6.7 kB', modifyEsbuildConfig: forNode },
  {
    name: 'dotscout/prometheus',
    path: 'dist/prometheus/index.js',
    limit: '4 kB',
    modifyEsbuildConfig: forNode,
    ignore: ['prom-client'],
  },
];
