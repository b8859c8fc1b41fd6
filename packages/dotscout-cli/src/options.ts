import { type Command, InvalidArgumentError } from 'commander';
import { type Address, tryParseAddress } from 'dotscout/state';
import { resolveServer } from '../../../src/contact/server.js';
import { toAscii } from '../../../src/resolver/question.js';
import { tryCanonicalZone } from '../../../src/wire/names.js';
import { CommandError, EXIT } from './exit.js';
import { DOT_PORT } from './look/place.js';
import type { AddressProberOptions } from './look/probe-address.js';

/** How servers are looked at, as the command line gives it. */
export interface LookArguments extends Omit<AddressProberOptions, 'allow' | 'timeoutMs' | 'zone'> {
  readonly allow?: readonly string[];
  readonly zone?: string;
  /** In milliseconds. */
  readonly timeout: number;
}

/** What the commands that take names have in common. */
export interface TargetOptions extends LookArguments {
  /** The resolver that is asked for the addresses of names; by default the system's. */
  readonly resolver?: string;
}

const MAX_PORT = 65_535;

/** Gives a command the options of {@link LookArguments} but the zone. */
export function withLookOptions(command: Command): Command {
  return command
    .option('--allow <prefix>', 'probe there although the guard forbids it; may be given several times', collect)
    .option('--port <n>', 'the DoT port', wholeNumber(1, MAX_PORT), DOT_PORT)
    .option('--do53-port <n>', 'where the same server speaks plain DNS', wholeNumber(1, MAX_PORT), 53)
    .option('--timeout <ms>', 'for connect, handshake and answer together', wholeNumber(100, 60_000), 4_000);
}

/** Gives a command the option `--zone`. */
export function withZoneOption(command: Command): Command {
  return command.option('--zone <name>', 'whose SOA is asked for; of a zone’s own servers, that zone’s', zoneName, '.');
}

/** Gives a command the option `--resolver`. */
export function withResolverOption(command: Command): Command {
  return command.option(
    '--resolver <address>',
    'who is asked for the addresses of names (default: the system’s)',
    resolverAddress,
  );
}

/**
 * How servers are looked at, by the command line.
 *
 * @throws {@link CommandError} where clear text would go to a DoT port (RFC 7858 section 3.1)
 */
export function lookOptionsOf(given: LookArguments): AddressProberOptions {
  const { allow = [], timeout, port, do53Port, zone = '.' } = given;
  if (port === do53Port) throw new CommandError('--port and --do53-port are the same', EXIT.usage);
  if (do53Port === DOT_PORT) throw new CommandError('--do53-port 853: no clear text goes there', EXIT.usage);
  return { allow, timeoutMs: timeout, port, do53Port, zone };
}

/**
 * A reader of whole numbers.
 *
 * @param least - the least that is accepted
 * @param most - the greatest
 */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Addresses, in an option that may be given several times. */
export function collectAddress(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, oneAddress(text).text];
}

/** An address. */
export function oneAddress(text: string): Address {
  const address = tryParseAddress(text);
  if (address === undefined) throw new InvalidArgumentError('Expected an address.');
  return address;
}

/** A zone's name, in Unicode too; in ASCII without the final dot. */
export function zoneArgument(text: string): string {
  const ascii = toAscii(text);
  const name = ascii === undefined ? undefined : tryCanonicalZone(ascii);
  if (name === undefined) throw new InvalidArgumentError('Expected a domain name, or . for the root.');
  return name === '.' ? name : name.slice(0, -1);
}

function zoneName(text: string): string {
  if (tryCanonicalZone(text) !== undefined) return text;
  throw new InvalidArgumentError('Expected a domain name, or . for the root.');
}

/** As the resolver itself will read it: `address` or `address:port`, an IPv6 address with a port in brackets. */
function resolverAddress(text: string): string {
  try {
    resolveServer(text);
    return text;
  } catch {
    throw new InvalidArgumentError('Expected an address, or an address and a port.');
  }
}
