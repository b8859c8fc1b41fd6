import type { Policy } from '../state/policy.js';
import type { Candidate } from './candidate.js';
import { Candidates } from './candidates.js';
import { GroupCounts } from './group-counts.js';

/** Those that wait for probes of one kind, and the slots that such probes have taken. */
export class ProbeClass {
  /** Who waits. */
  readonly waiting: Candidates = new Candidates();
  readonly #groups = new GroupCounts();
  #taken = 0;

  /** Whether it has all the slots it may have: neither strangers nor servers that were Good once may hold all. */
  isFull({ probesAtOnce, reservedShare }: Policy): boolean {
    return this.#taken >= Math.max(1, probesAtOnce - Math.floor(probesAtOnce * reservedShare));
  }

  /** Whether the groups of this one have all the slots they may have. */
  lacksSlot({ groups }: Candidate, { probesAtOnce, groupShare }: Policy): boolean {
    return this.#groups.reached(groups, Math.max(1, Math.floor(probesAtOnce * groupShare)));
  }

  /** A probe takes a slot. */
  begin({ groups }: Candidate): void {
    this.#taken++;
    this.#groups.add(groups);
  }

  /** It gives it back. */
  end({ groups }: Candidate): void {
    this.#taken--;
    this.#groups.remove(groups);
  }
}
