/** Whose turn is next: every endpoint with a time, in a binary heap on plain arrays, as there are millions of turns. */
export class Arrivals {
  /** Times in the heap's order: a child's is never before its parent's. */
  readonly #times: Float64Array;
  /** Whose they are. */
  readonly #heap: Int32Array;
  /** Where each endpoint stands in it. */
  readonly #place: Int32Array;

  /** @param times - each endpoint's first turn */
  constructor(times: Float64Array) {
    this.#times = times.slice();
    const size = times.length;
    this.#heap = Int32Array.from({ length: size }, (_, endpoint) => endpoint);
    this.#place = Int32Array.from(this.#heap);
    for (let place = (size >> 1) - 1; place >= 0; place--) this.#sink(place, this.#heap[place] ?? 0, this.#at(place));
  }

  /** Whose turn is first. */
  get first(): number {
    return this.#heap[0] ?? 0;
  }

  /** When that is. */
  get firstAt(): number {
    return this.#at(0);
  }

  /** When an endpoint's turn is. */
  at(endpoint: number): number {
    return this.#at(this.#place[endpoint] ?? 0);
  }

  /** Sets when an endpoint's turn is. */
  set(endpoint: number, at: number): void {
    const place = this.#place[endpoint] ?? 0;
    if (at < this.#at(place)) this.#rise(place, endpoint, at);
    else this.#sink(place, endpoint, at);
  }

  #at(place: number): number {
    return this.#times[place] ?? Number.POSITIVE_INFINITY;
  }

  #rise(from: number, endpoint: number, at: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (this.#at(above) <= at) break;
      this.#put(place, this.#heap[above] ?? 0, this.#at(above));
      place = above;
    }
    this.#put(place, endpoint, at);
  }

  #sink(from: number, endpoint: number, at: number): void {
    const { length } = this.#heap;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= length) break;
      if (below + 1 < length && this.#at(below + 1) < this.#at(below)) below++;
      if (at <= this.#at(below)) break;
      this.#put(place, this.#heap[below] ?? 0, this.#at(below));
      place = below;
    }
    this.#put(place, endpoint, at);
  }

  #put(place: number, endpoint: number, at: number): void {
    this.#times[place] = at;
    this.#heap[place] = endpoint;
    this.#place[endpoint] = place;
  }
}
