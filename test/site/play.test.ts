import { beforeEach, expect, it, vi } from 'vitest';
import { Play } from '../../site/playground/play.js';

/** A button, or a list of choices. */
class Control extends EventTarget {
  textContent = '';
  value = '60000';

  click(): void {
    this.dispatchEvent(new Event('click'));
  }
}

let controls: Map<string, Control>;
let frames: ((now: number) => void)[];
let now: number;

beforeEach(() => {
  controls = new Map();
  frames = [];
  now = 0;
  const getElementById = (id: string): Control => {
    const control = controls.get(id) ?? new Control();
    controls.set(id, control);
    return control;
  };
  vi.stubGlobal('document', { getElementById, querySelectorAll: () => [] });
  for (const name of ['HTMLButtonElement', 'HTMLSelectElement']) vi.stubGlobal(name, Control);
  vi.stubGlobal('requestAnimationFrame', (run: (at: number) => void) => frames.push(run));
  return () => vi.unstubAllGlobals();
});

/** The browser draws. */
async function draw(): Promise<void> {
  now += 10;
  for (const run of frames.splice(0)) run(now);
  await new Promise(setImmediate);
}

it('plays once, however often it is told to begin', async () => {
  const moved: number[] = [];
  const play = new Play({ forward: async (ms) => void moved.push(ms), rests: () => {} });
  for (let i = 0; i < 2; i++) play.begin();
  for (let i = 0; i < 4; i++) await draw();
  expect(moved).toEqual([600, 600, 600]);
});

it('plays once where it is paused and goes on while a step is still drawn', async () => {
  let drawn = (): void => {};
  const moved: number[] = [];
  const forward = (ms: number): Promise<void> => {
    moved.push(ms);
    return new Promise((done) => {
      drawn = done;
    });
  };
  const play = new Play({ forward, rests: () => {} });
  play.begin();
  for (let i = 0; i < 2; i++) await draw();
  for (let i = 0; i < 2; i++) controls.get('play')?.click();
  drawn();
  for (let i = 0; i < 2; i++) await draw();
  expect([moved, controls.get('play')?.textContent]).toEqual([[600, 600], 'Pause']);
});
