import { invalid } from './invalid.js';

const MAX_PORTS = 64;

/**
 * The ports that what others say may lead us to (RFC 9461 section 7.1).
 *
 * @param ports - as an operator gave them
 * @throws `InvalidInputError` `INVALID_SOURCE`
 */
export function checkPorts(ports: readonly number[]): readonly number[] {
  const isPort = (port: unknown) => Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535;
  // Where clear text is spoken no DoT is.
  const isSound =
    Array.isArray(ports) && ports.length <= MAX_PORTS && ports.every((port) => isPort(port) && port !== 53);
  if (isSound) return [...ports];
  throw invalid(ports, `ports: at most ${MAX_PORTS}, from 1 to 65535, not 53`);
}
