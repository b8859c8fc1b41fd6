/** What draws the page; the command lists them as optional peers, with these versions. */
const PACKAGES = ['@observablehq/plot@0.6', 'linkedom@0.18'] as const;
/** In what Node says of one of them: its name, or a path to where it ought to be. */
const MISSING = /@observablehq.plot|linkedom/;

/** `--html` was asked for, and what draws it is not installed. */
export class MissingPackagesError extends Error {
  /** For programs. */
  readonly code = 'MISSING_PACKAGES';

  /** @param cause - what the import said */
  constructor(cause: unknown) {
    const names = PACKAGES.map((name) => name.slice(0, name.lastIndexOf('@'))).join(' and ');
    super(`--html draws its plots with ${names}, which are not installed: npm install ${PACKAGES.join(' ')}`, {
      cause,
    });
  }
}

/** What makes the page. */
export type PageMaker = Pick<typeof import('./page/page.js'), 'pageOf'>;

/**
 * Loads what makes a page of simulated lives. It imports half a megabyte of plotting libraries, so only `--html` does this,
 * and before the simulation begins, which may take an hour.
 *
 * @param load - imports it
 * @throws rejects with {@link MissingPackagesError}
 */
export async function loadPage(load: () => Promise<PageMaker> = () => import('./page/page.js')): Promise<PageMaker> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = Object(error) as NodeJS.ErrnoException;
    throw code === 'ERR_MODULE_NOT_FOUND' && MISSING.test(message) ? new MissingPackagesError(error) : error;
  }
}
