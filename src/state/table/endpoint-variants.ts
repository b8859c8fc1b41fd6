/** What makes an endpoint another beside address and port; few endpoints have any of it. */
export interface VariantParts {
  /** What is spoken there. */
  readonly transport: string;
  /** The scope id of a link-local address. */
  readonly scope: string | undefined;
  /** Our own address to send from. */
  readonly localAddress: string | undefined;
}

const USUAL: VariantParts = { transport: 'dot', scope: undefined, localAddress: undefined };
/** Numbers have 16 bits. */
const MOST = 0xffff;

/** Numbers for the few endpoints with another transport than `dot`, a scope id, or a local address. 0 is none of these. */
export class EndpointVariants {
  readonly #numbers = new Map<string, number>();
  readonly #parts: (VariantParts | undefined)[] = [USUAL];
  readonly #counts: number[] = [0];
  readonly #free: number[] = [];

  /** The number of these parts; -1 if no row has them. */
  find(parts: VariantParts): number {
    const { transport, scope, localAddress } = parts;
    if (transport === 'dot' && scope === undefined && localAddress === undefined) return 0;
    return this.#numbers.get(keyOf(parts)) ?? -1;
  }

  /** The same for one more row; -1 if 65,535 different ones are in use. */
  take(parts: VariantParts): number {
    let number = this.find(parts);
    if (number < 0) {
      number = this.#free.pop() ?? this.#parts.length;
      if (number > MOST) return -1;
      this.#numbers.set(keyOf(parts), number);
      this.#parts[number] = parts;
      this.#counts[number] = 0;
    }
    this.#counts[number] = (this.#counts[number] ?? 0) + 1;
    return number;
  }

  /** A row with this number is gone. */
  release(number: number): void {
    const left = (this.#counts[number] ?? 0) - 1;
    this.#counts[number] = left;
    if (number === 0 || left > 0) return;
    this.#numbers.delete(keyOf(this.partsOf(number)));
    this.#parts[number] = undefined;
    this.#free.push(number);
  }

  /** The parts of a number. */
  partsOf(number: number): VariantParts {
    return this.#parts[number] ?? USUAL;
  }
}

function keyOf({ transport, scope, localAddress }: VariantParts): string {
  return JSON.stringify([transport, scope, localAddress]);
}
