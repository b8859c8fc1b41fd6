import type { Events } from '../observe/events.js';
import { prefixKey } from '../state/address/address.js';
import { heard, isOffline, PATH_UP, type PathMemory, pathAttempt } from '../state/offline.js';
import type { Policy } from '../state/policy.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';

/** Watches our own path: whether what fails everywhere is us, and tells when that changes. */
export class PathWatch {
  readonly #events: Events;
  #path: PathMemory = PATH_UP;

  /** @param events - who is told */
  constructor(events: Events) {
    this.#events = events;
  }

  /** Whether failures of a family say nothing now. */
  isOffline(family: 4 | 6): boolean {
    return isOffline(this.#path, family);
  }

  /** Anything has answered, over any transport. */
  heard(record: EndpointRecord): void {
    this.#set(heard(this.#path, familyOf(record)));
  }

  /** An attempt over DoT has ended; `wasHeard`: something came back, over DoT or Do53. */
  attempt(record: EndpointRecord, wasHeard: boolean, unreachable: boolean, policy: Policy): void {
    // Nothing would be kept of it, and it happens at every query.
    if (wasHeard && this.#path.attempts.length === 0) return;
    const family = familyOf(record);
    const prefix = prefixKey(record.address, family === 4 ? 24 : 48);
    this.#set(pathAttempt(this.#path, { prefix, family, heard: wasHeard, unreachable }, policy));
  }

  /** Another network: what was seen of the old one says nothing. */
  reset(): void {
    this.#set(PATH_UP);
  }

  #set(path: PathMemory): void {
    const before = this.#path;
    this.#path = path;
    const ipv4 = isOffline(path, 4);
    const ipv6 = isOffline(path, 6);
    if (ipv4 === isOffline(before, 4) && ipv6 === isOffline(before, 6)) return;
    this.#events.emit('offline', () => ({ offline: path.offline, ipv4, ipv6 }));
  }
}

/** By its text: at every answer over Do53 no address is made for it. */
function familyOf({ endpoint }: EndpointRecord): 4 | 6 {
  return endpoint.address.includes(':') ? 6 : 4;
}
