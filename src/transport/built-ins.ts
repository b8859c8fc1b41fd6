// What of Node's is read when it is first used and not with an import of ours, of which these three would be a quarter: they bring
// forty modules of Node's own with them. A selector with exchanges of ours reads them when it is made.

/** Node's cryptography. */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}

/** Node's TCP. */
export function nodeNet(): typeof import('node:net') {
  return process.getBuiltinModule('node:net');
}

/** Node's TLS. */
export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls');
}
