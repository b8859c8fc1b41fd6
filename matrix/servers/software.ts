/** One server's settled facts, from which its configuration is written. Paths are as the server sees them. */
export interface Plan {
  /** Where its files lie. */
  readonly directory: string;
  readonly address: string;
  /** The port that stands for 53. */
  readonly port: number;
  /** The port that stands for 853. */
  readonly dotPort: number;
  /** The port of a server behind it, if it is a front. */
  readonly backendPort: number;
  /** The port at which it takes commands, if it has one. */
  readonly consolePort: number;
  /** After how many seconds it closes an idle session; `undefined` for its own default. */
  readonly idleSeconds: number | undefined;
}

/** A program that has to run. */
export interface Program {
  /** What people call it. */
  readonly title: string;
  readonly name: string;
  readonly debianPackage: string;
  /** What makes it print its version. */
  readonly version: string;
  readonly args: (plan: Plan) => readonly string[];
}

/** A kind of server that speaks DoT: its programs, and how they are configured. */
export interface Software {
  /** In the order in which they start; the last one speaks DoT. */
  readonly programs: readonly [Program, ...Program[]];
  /** Its configuration by file name. */
  readonly files: (plan: Plan) => Readonly<Record<string, string>>;
  /** How it is told to read its zones and certificate again: SIGHUP, or a command. */
  readonly reload: 'SIGHUP' | ((plan: Plan) => readonly [string, ...string[]]) | 'none';
  /** It wants queries with RD=1. */
  readonly recursive?: boolean;
}

/** The zone that all of them serve. */
export const ZONE = 'example.test';
/** A name in it with records that make an answer of about 30 KB. */
export const BIG: string = `big.${ZONE}`;
/** Under the 100 records of a type that BIND accepts. */
const BIG_RECORDS = 60;
const STRING_LENGTH = 250;

/** The strings of the big TXT record set. */
export const BIG_STRINGS: readonly string[] = Array.from({ length: BIG_RECORDS }, (_, index) =>
  `${index}`.padEnd(STRING_LENGTH, 'x'),
);

/** The zone file; each name has the address 192.0.2.1. */
export const ZONE_FILE: string = `$ORIGIN ${ZONE}.
$TTL 3600
@ SOA ns hostmaster 1 7200 3600 1209600 60
@ NS ns
ns A 127.0.0.1
* 60 A 192.0.2.1
${BIG_STRINGS.map((text) => `big TXT "${text}" "${text}"`).join('\n')}
`;
