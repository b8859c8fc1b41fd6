/** A response code by its mnemonic; `RCODE` and its number where it has none here. */
export type Rcode =
  | 'NOERROR'
  | 'FORMERR'
  | 'SERVFAIL'
  | 'NXDOMAIN'
  | 'NOTIMP'
  | 'REFUSED'
  | 'YXDOMAIN'
  | 'YXRRSET'
  | 'NXRRSET'
  | 'NOTAUTH'
  | 'NOTZONE'
  | 'BADVERS'
  | 'BADCOOKIE'
  | `RCODE${number}`;

/** The response codes that queries meet, by number (IANA, DNS Parameters). */
const NAMES: ReadonlyMap<number, Rcode> = new Map<number, Rcode>([
  [0, 'NOERROR'],
  [1, 'FORMERR'],
  [2, 'SERVFAIL'],
  [3, 'NXDOMAIN'],
  [4, 'NOTIMP'],
  [5, 'REFUSED'],
  [6, 'YXDOMAIN'],
  [7, 'YXRRSET'],
  [8, 'NXRRSET'],
  [9, 'NOTAUTH'],
  [10, 'NOTZONE'],
  [16, 'BADVERS'],
  [23, 'BADCOOKIE'],
]);

/**
 * The mnemonic of a response code.
 *
 * @param number - with its extension, 0 to 4,095
 */
export function rcodeName(number: number): Rcode {
  return NAMES.get(number) ?? `RCODE${number}`;
}
