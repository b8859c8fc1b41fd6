import type { Place } from '../../../../tools/place.js';

/** Where a resolver under test is to run. */
export interface Site {
  /** The address and port at which it takes clients' queries, over UDP and TCP. */
  readonly address: string;
  readonly port: number;
  /** Its own folder, as the resolver sees it: empty at the first start, kept over restarts. */
  readonly directory: string;
  /** The one root server. */
  readonly root: string;
  /** The servers' network, to which a resolver may have to be allowed. */
  readonly servers: string;
  /** The addresses of the scenario's own servers: for a forwarder, which begins at no root. */
  readonly forwardTo: readonly string[];
  /** Whether it is to encrypt what it can; otherwise nothing goes to port 853. */
  readonly encrypts: boolean;
}

/** What has to be done to run it there. */
export interface Plan {
  /** Files to be written into its folder before its first start, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** The program in the foreground, and its arguments. */
  readonly command: readonly [string, ...string[]];
}

/** A resolver that is installed. */
export interface Subject {
  /** With its version. */
  readonly title: string;
  /** Where it is installed. */
  readonly place: Place;
  /** It asks servers that it is given, and iterates nothing. Default false. */
  readonly isForwarder?: boolean | undefined;
  /** It cannot be started without encryption. Default false. */
  readonly alwaysEncrypts?: boolean | undefined;
  plan(site: Site): Plan;
}

/** A resolver that can be put under test. */
export interface Adapter {
  /** What it is called on the command line, and in results. */
  readonly name: string;
  /**
   * Looks for it.
   *
   * @throws `NotInstalled` of `tools/place.ts`
   */
  find(): Promise<Subject>;
}

/** The root's hints as resolvers read them from a file. */
export function hintsFile(root: string): string {
  return `. 3600000 IN NS ns-root.\nns-root. 3600000 IN A ${root}\n`;
}
