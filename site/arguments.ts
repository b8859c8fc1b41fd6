import { readOptions, wholeNumber } from '../tools/arguments.js';

/** What the command was asked to do. */
export interface SiteArguments {
  readonly help: boolean;
  /** Whether the site is served once it is built. */
  readonly open: boolean;
  /** Where; 0 for any free port. */
  readonly port: number;
}

/** How it is used. */
export const USAGE = `Usage: npm run site [-- options]

Builds the site into the folder public: the guides, the reference of every entry point, the playground. It needs no server:
public/index.html opens in a browser.

  --open        serves it on loopback, shows it in a browser where there is one; Ctrl-C ends it
  --port N      on this port; default: any that is free
  --help        prints this
`;

const MAX_PORT = 65_535;

/**
 * Reads the command line.
 *
 * @throws `ArgumentError`
 */
export function readArguments(args: readonly string[]): SiteArguments {
  const { help, open, port } = readOptions(args, {
    help: { type: 'boolean', short: 'h', default: false },
    open: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
  });
  return { help, open, port: wholeNumber('--port', port, 0, MAX_PORT) };
}
