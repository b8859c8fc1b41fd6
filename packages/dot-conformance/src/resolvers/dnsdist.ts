import { testCa } from 'dotscout/testing';
import { NotInstalled, Place } from '../../../../tools/place.js';
import type { Adapter, Site } from './adapter.js';
import { versionOf } from './version.js';

const PACKAGE = 'dnsdist';
const PROGRAM = 'dnsdist';
/** It upgrades its backends from 1.8 on. */
const SINCE = [1, 8] as const;

/**
 * dnsdist before a scenario's servers, which it moves to DoT where they designate it (RFC 9462): a forwarder, whose certificates are
 * verified.
 *
 * @param place - where it is installed; default this machine
 */
export function dnsdist(place: Place = new Place()): Adapter {
  return {
    name: 'dnsdist',
    async find() {
      const version = await versionOf(place, PROGRAM, PACKAGE);
      if (isBefore(version, SINCE)) throw new NotInstalled(`dnsdist ${version} cannot: wants ${SINCE.join('.')}`);
      return {
        title: `dnsdist ${version}, a forwarder to servers that designate DoT`,
        place,
        isForwarder: true,
        plan: (site) => ({
          files: { 'dnsdist.conf': configuration(site), 'ca.pem': testCa },
          command: place.command(PROGRAM, PACKAGE, [
            '--supervised',
            '--disable-syslog',
            '-C',
            `${site.directory}/dnsdist.conf`,
          ]),
        }),
      };
    },
  };
}

function configuration({ address, port, directory, forwardTo, encrypts }: Site): string {
  const upgrade = encrypts ? `, autoUpgrade=true, caStore='${directory}/ca.pem'` : '';
  const backends = forwardTo.map((server) => `newServer({address='${server}:53'${upgrade}})\n`);
  return `setLocal('${address}:${port}')
setACL({'0.0.0.0/0'})
setSecurityPollSuffix('')
${backends.join('')}`;
}

function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [theirMajor = 0, theirMinor = 0] = version.split('.').map(Number);
  return theirMajor < major || (theirMajor === major && theirMinor < minor);
}
