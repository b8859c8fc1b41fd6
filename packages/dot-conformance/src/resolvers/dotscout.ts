import { join } from 'node:path';
import { Place } from '../../../../tools/place.js';
import manifest from '../../package.json' with { type: 'json' };
import type { Adapter, Plan, Site } from './adapter.js';

/** How the process with bns is told what it is to be, as JSON on its command line. */
export interface BnsSettings {
  readonly address: string;
  readonly port: number;
  readonly root: string;
  /** The network that dotscout's guard is to allow. */
  readonly servers: string;
  /** The file of verdicts. */
  readonly store: string;
  /** Whether it is to encrypt what it can, or nothing at all. */
  readonly encrypts: boolean;
  /** Whether it never goes back to clear text for a server that is known to speak DoT: broken on purpose. */
  readonly neverFallsBack: boolean;
}

/** bns with dotscout as its transport: the example of the repository, which iterates from the root. */
export const dotscout: Adapter = {
  name: 'dotscout',
  async find() {
    const title = `bns with dotscout ${manifest.version}`;
    return { title, place: new Place(), plan: (site) => planOf(site, false) };
  },
};

/** The same, broken on purpose: once a server has spoken DoT, it gets nothing else. Shows that the sheet notices. */
export const neverFallsBack: Adapter = {
  name: 'never-falls-back',
  async find() {
    const title = 'bns with dotscout, which never falls back';
    return { title, place: new Place(), plan: (site) => planOf(site, true) };
  },
};

function planOf({ address, port, directory, root, servers, encrypts }: Site, neverFallsBack: boolean): Plan {
  const settings: BnsSettings = {
    ...{ address, port, root, servers, encrypts, neverFallsBack },
    store: join(directory, 'verdicts.jsonl'),
  };
  const program = join(import.meta.dirname, 'bns-process.js');
  return { files: {}, command: [process.execPath, program, JSON.stringify(settings)] };
}
