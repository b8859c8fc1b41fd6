import { MAX_LINE } from '../lines.js';
import type { ProbeWish } from '../store.js';
import type { StoredVerdict } from '../verdict.js';

/** What goes over a channel; other messages of the host's may go there as well. */
export type Message =
  /** A member has come: it wants to know all. */
  | { readonly dotscout: 'join' }
  /** The hub lives. */
  | { readonly dotscout: 'beat' }
  /** Verdicts that are new. */
  | { readonly dotscout: 'verdicts'; readonly verdicts: readonly StoredVerdict[] }
  /** A member would probe this; the Do53 port is 0 where it knows none. */
  | {
      readonly dotscout: 'want';
      readonly address: string;
      readonly port: number;
      readonly clearPort: number;
      readonly zone: string;
    };

/** Verdicts in one message. */
export const MOST = 500;

/** A member's wish. */
export function wantOf({ endpoint, clear, zone }: ProbeWish): Message {
  const { address, port } = endpoint;
  return { dotscout: 'want', address, port, clearPort: clear?.port ?? 0, zone };
}

/** Reads a message: whose it is, its sender says, and that may be anybody in this program. */
export function readMessage(value: unknown): Message | undefined {
  const { dotscout, verdicts, address, port, clearPort, zone } = Object(value) as Partial<Record<string, unknown>>;
  if (dotscout === 'join' || dotscout === 'beat') return { dotscout };
  if (dotscout === 'verdicts' && Array.isArray(verdicts) && verdicts.length <= MOST) return { dotscout, verdicts };
  const isWish = isText(address) && isText(zone) && typeof port === 'number' && typeof clearPort === 'number';
  return dotscout === 'want' && isWish ? { dotscout, address, port, clearPort, zone } : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LINE;
}
