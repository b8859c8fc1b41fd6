type NodeTls = typeof import('node:tls');

let loaded: NodeTls | undefined;

/** Node's TLS, read with the first connection: it is a tenth of what an import of ours would take without it. */
export function nodeTls(): NodeTls {
  loaded ??= process.getBuiltinModule('node:tls');
  return loaded;
}
