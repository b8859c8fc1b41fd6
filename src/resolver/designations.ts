import type { Claim } from '../contact/claim.js';
import type { ResolvedServer } from '../contact/server.js';
import { DdrSource } from '../sources/ddr-source.js';
import type { Source, SourceContact, SourceHost, SourceOutcome } from '../sources/source.js';

const MAX_FORWARDERS = 64;

/**
 * What a resolver's servers designate (DDR, RFC 9462), also where its servers change. They are asked only once there is a
 * question for one of them.
 */
export class Designations implements Source {
  /** {@inheritDoc Source.name} */
  readonly name = 'ddr';
  #servers: readonly ResolvedServer[] = [];
  #host: SourceHost | undefined;
  #source: DdrSource | undefined;

  /** The servers from now on; what others have designated is forgotten. */
  use(servers: readonly ResolvedServer[]): void {
    this.#servers = servers;
    this.#source?.close();
    this.#source = undefined;
  }

  /** {@inheritDoc Source.open} */
  open(host: SourceHost): void {
    this.#host = host;
  }

  /** {@inheritDoc Source.claims} */
  claims(contact: SourceContact): readonly Claim[] {
    if (contact.counts && this.#host !== undefined) this.#source ??= this.#begin(this.#host);
    return this.#source?.claims(contact) ?? [];
  }

  /** {@inheritDoc Source.observe} */
  observe(outcome: SourceOutcome): void {
    this.#source?.observe(outcome);
  }

  /** {@inheritDoc Source.networkChanged} */
  networkChanged(): void {
    this.#source?.networkChanged();
  }

  /** {@inheritDoc Source.inspect} */
  inspect(): readonly Claim[] {
    return this.#source?.inspect() ?? [];
  }

  /** {@inheritDoc Source.close} */
  close(): void {
    this.#host = undefined;
    this.#source?.close();
  }

  #begin(host: SourceHost): DdrSource {
    const forwarders = this.#servers.flatMap(({ address, clear }) =>
      clear === undefined ? [] : [{ address, port: clear.port }],
    );
    const source = new DdrSource({ forwarders: forwarders.slice(0, MAX_FORWARDERS) });
    source.open(host);
    return source;
  }
}
