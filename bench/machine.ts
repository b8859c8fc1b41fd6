import { cpus, release, totalmem, type } from 'node:os';

/** What a run was on, a line each. */
export function machine(now: Date): string[] {
  const [first] = cpus();
  return [
    `- ${cpus().length} cores, ${first?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, shared with the servers`,
    `- ${type()} ${release()}, Node.js ${process.version}, OpenSSL ${process.versions.openssl}`,
    `- ${now.toISOString().slice(0, 10)}`,
  ];
}
