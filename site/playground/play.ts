import { byId, write } from './dom.js';

/** Moves time: while it plays, and by steps. */
export interface Mover {
  /** Time is to go on by so much, in milliseconds; resolves when that is drawn. */
  forward(ms: number): Promise<void>;
  /** Time stands still: what is shown may be kept. */
  rests(): void;
}

/** What a slow frame adds at most: after a while in the background nothing leaps. */
const LONGEST_FRAME_MS = 100;

/** The buttons of time. */
export class Play {
  readonly #mover: Mover;
  readonly #button = byId('play', HTMLButtonElement);
  readonly #speed = byId('speed', HTMLSelectElement);
  #isPlaying = false;
  /** How often it has begun: what an earlier beginning goes on with ends. */
  #begun = 0;

  /** @param mover - moves time */
  constructor(mover: Mover) {
    this.#mover = mover;
    this.#button.addEventListener('click', () => (this.#isPlaying ? this.pause() : this.begin()));
    for (const step of document.querySelectorAll<HTMLButtonElement>('[data-step]'))
      step.addEventListener('click', () => void this.#step(Number(step.dataset.step)));
  }

  /** Begins to play, unless it plays. */
  begin(): void {
    if (this.#isPlaying) return;
    this.#set(true);
    void this.#run(++this.#begun);
  }

  /** Ends that. */
  pause(): void {
    if (!this.#isPlaying) return;
    this.#set(false);
    this.#mover.rests();
  }

  async #step(ms: number): Promise<void> {
    await this.#mover.forward(ms);
    if (!this.#isPlaying) this.#mover.rests();
  }

  async #run(begun: number): Promise<void> {
    const plays = (): boolean => this.#isPlaying && begun === this.#begun;
    let last = await frame();
    while (plays()) {
      const now = await frame();
      const passed = Math.min(LONGEST_FRAME_MS, now - last);
      last = now;
      if (plays()) await this.#mover.forward((passed / 1_000) * Number(this.#speed.value));
    }
  }

  #set(isPlaying: boolean): void {
    this.#isPlaying = isPlaying;
    write(this.#button, isPlaying ? 'Pause' : 'Play');
  }
}

/** The next time that the browser draws. */
export function frame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}
