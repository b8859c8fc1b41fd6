import type { LogLine } from './log-line.js';

/** A place in the log that is filled later. */
interface Place {
  line: LogLine | undefined;
}

/**
 * Keeps a log in the order in which things began: a query's line stands where it was asked, though how it went is known
 * only later.
 */
export class LogWriter {
  readonly #write: (line: LogLine) => void;
  /** From the first place that is not filled yet. */
  #places: Place[] = [];
  #first = 0;

  /** @param write - is given the lines in order */
  constructor(write: (line: LogLine) => void) {
    this.#write = write;
  }

  /** Adds a line. */
  add(line: LogLine): void {
    if (this.#first === this.#places.length) this.#write(line);
    else this.#places.push({ line });
  }

  /**
   * Keeps a place.
   *
   * @returns fills it, once
   */
  reserve(): (line: LogLine) => void {
    const place: Place = { line: undefined };
    this.#places.push(place);
    return (line) => {
      place.line = line;
      this.#flush();
    };
  }

  #flush(): void {
    for (let place = this.#places[this.#first]; place?.line !== undefined; place = this.#places[this.#first]) {
      this.#write(place.line);
      this.#first++;
    }
    if (this.#first === this.#places.length) {
      this.#places = [];
      this.#first = 0;
    }
  }
}
