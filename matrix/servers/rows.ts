import { NotInstalled, Place } from '../../tools/place.js';
import type { Row } from '../row.js';
import { AUTHORITIES } from './authorities.js';
import { RESOLVERS } from './resolvers.js';
import { nameOf } from './server.js';
import type { Software } from './software.js';
import { TRIES } from './tries.js';

/**
 * The rows of the real servers.
 *
 * @param root - where another system's tree lies; default this machine's
 */
export async function serverRows(root: string | undefined): Promise<Row[]> {
  const place = new Place(root);
  const rows = await Promise.all([...AUTHORITIES, ...RESOLVERS].map((software) => rowsOf(software, place)));
  return rows.flat();
}

async function rowsOf(software: Software, place: Place): Promise<Row[]> {
  try {
    const name = await nameOf(software, place);
    return TRIES.map(({ what, part, run }) => ({ place: name, what, part, run: () => run(software, place) }));
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error;
    const title = software.programs
      .map((program) => program.title)
      .reverse()
      .join(', ');
    return [{ place: title, what: 'all', part: 'both', run: () => Promise.reject(error) }];
  }
}
