/** Whose turn is next: every endpoint with a time, in a binary heap on plain arrays, as there are millions of turns. */
export class Arrivals {
  readonly #at: Float64Array;
  /** Endpoints in the heap's order. */
  readonly #heap: Int32Array;
  /** Where each endpoint stands in it. */
  readonly #place: Int32Array;

  /** @param times - each endpoint's first turn */
  constructor(times: Float64Array) {
    this.#at = times.slice();
    const size = times.length;
    this.#heap = Int32Array.from({ length: size }, (_, endpoint) => endpoint);
    this.#place = Int32Array.from(this.#heap);
    for (let place = (size >> 1) - 1; place >= 0; place--) this.#sink(place);
  }

  /** Whose turn is first. */
  get first(): number {
    return this.#heap[0] ?? 0;
  }

  /** When that is. */
  get firstAt(): number {
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : this.at(this.first);
  }

  /** When an endpoint's turn is. */
  at(endpoint: number): number {
    return this.#at[endpoint] ?? Number.POSITIVE_INFINITY;
  }

  /** Sets when an endpoint's turn is. */
  set(endpoint: number, at: number): void {
    const before = this.at(endpoint);
    this.#at[endpoint] = at;
    const place = this.#place[endpoint] ?? 0;
    if (at < before) this.#rise(place);
    else this.#sink(place);
  }

  #rise(from: number): void {
    const endpoint = this.#heap[from] ?? 0;
    const at = this.at(endpoint);
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.#heap[above] ?? 0;
      if (this.at(other) <= at) break;
      this.#put(place, other);
      place = above;
    }
    this.#put(place, endpoint);
  }

  #sink(from: number): void {
    const { length } = this.#heap;
    const endpoint = this.#heap[from] ?? 0;
    const at = this.at(endpoint);
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= length) break;
      if (below + 1 < length && this.at(this.#heap[below + 1] ?? 0) < this.at(this.#heap[below] ?? 0)) below++;
      const other = this.#heap[below] ?? 0;
      if (at <= this.at(other)) break;
      this.#put(place, other);
      place = below;
    }
    this.#put(place, endpoint);
  }

  #put(place: number, endpoint: number): void {
    this.#heap[place] = endpoint;
    this.#place[endpoint] = place;
  }
}
