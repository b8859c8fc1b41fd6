import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testCertificates } from '../../src/testing/certificate.js';
import { freePort } from '../../src/testing/ports.js';
import { type Daemon, startDaemon } from '../../test/support/daemon.js';
import { acceptsTcp, answersUdp } from '../../test/support/readiness.js';
import type { Place } from '../../tools/place.js';
import { type Plan, type Software, ZONE, ZONE_FILE } from './software.js';

const ADDRESS = '127.0.0.1';

const execute = promisify(execFile);

/** A server that is running. */
export interface RunningServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly dotPort: number;
  /** Gives it a certificate for the next reload. */
  setCertificate(name: keyof typeof testCertificates): void;
  /** Lets it read its zones and certificate again. */
  reload(): Promise<void>;
  /** Ends it and starts it again, on the same ports. */
  restart(): Promise<void>;
}

/**
 * What a server is called, with the versions that are installed.
 *
 * @throws `NotInstalled`
 */
export async function nameOf({ programs }: Software, place: Place): Promise<string> {
  const names = programs.map(async ({ title, name, debianPackage, version }) => {
    const [program, ...args] = place.command(name, debianPackage, [version]);
    const { stdout, stderr } = await execute(program, args);
    return `${title} ${/\d+(\.\d+)+/.exec(`${stdout}${stderr}`)?.[0]}`;
  });
  return (await Promise.all(names)).reverse().join(', ');
}

/**
 * Starts a server on free ports of 127.0.0.1.
 *
 * @param software - which
 * @param place - where it is installed
 * @param idleSeconds - after how many seconds it closes an idle session; default its own
 */
export async function startServer(software: Software, place: Place, idleSeconds?: number): Promise<RunningServer> {
  const commands = software.programs.map(({ name, debianPackage, args }) => {
    return (plan: Plan) => place.command(name, debianPackage, args(plan));
  });
  const folder = place.newFolder('dotscout-server-');
  const plan: Plan = {
    directory: folder.inside,
    address: ADDRESS,
    port: await freePort(ADDRESS),
    dotPort: await freePort(ADDRESS),
    backendPort: await freePort(ADDRESS),
    consolePort: await freePort(ADDRESS),
    idleSeconds,
  };
  const write = (name: string, text: string): void => writeFileSync(join(folder.outside, name), text);
  const setCertificate = (name: keyof typeof testCertificates): void => {
    const { key, cert } = testCertificates[name];
    write('key.pem', key);
    write('cert.pem', cert);
  };
  const daemons: Daemon[] = [];
  const start = async (): Promise<void> => {
    for (const [index, command] of commands.entries()) {
      const [program, ...args] = command(plan);
      const isLast = index === commands.length - 1;
      const isReady = () => (isLast ? isUp(plan, software) : acceptsTcp(ADDRESS, plan.backendPort));
      daemons.push(await startDaemon({ program, args, directory: folder.outside, isReady }));
    }
  };
  const halt = async (): Promise<void> => {
    for (const daemon of daemons.splice(0).reverse()) await daemon.stop();
  };
  const stop = async (): Promise<void> => {
    await halt();
    rmSync(folder.outside, { recursive: true, force: true });
  };
  try {
    // Some give up root's rights.
    chmodSync(folder.outside, 0o777);
    mkdirSync(join(folder.outside, 'db'));
    setCertificate('good');
    write(ZONE, ZONE_FILE);
    for (const [name, text] of Object.entries(software.files(plan))) write(name, text);
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{ address: ADDRESS, port: plan.port, dotPort: plan.dotPort, setCertificate },
    async reload() {
      const { reload, programs } = software;
      const { pid } = lastOf(daemons);
      if (reload === 'SIGHUP') process.kill(pid, reload);
      if (typeof reload !== 'function') return;
      const [name, ...args] = reload(plan);
      const [program, ...rest] = place.command(name, lastOf(programs).debianPackage, args);
      await execute(program, rest);
    },
    async restart() {
      await halt();
      await start();
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function isUp({ address, port, dotPort }: Plan, { recursive }: Software): Promise<boolean> {
  const answers = recursive ? acceptsTcp(address, port) : answersUdp(address, port, ZONE);
  return (await answers) && (await acceptsTcp(address, dotPort));
}

function lastOf<T>(items: readonly T[]): T {
  const last = items.at(-1);
  if (last === undefined) throw new Error('nothing runs');
  return last;
}
