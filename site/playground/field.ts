import type { FleetLife } from './fleet-life.js';
import { SERVERS } from './fleet-life.js';

const COLUMNS = 20;
const ROWS = SERVERS / COLUMNS;
const CELL = 24;
const GAP = 4;
const HALF = (CELL - GAP) / 2;
/** Pixels of the canvas for one of the page, for screens with small ones. */
const SCALE = 2;

/** What is drawn of an address. */
type Look = 'good' | 'missed' | 'bad' | 'unknown';

/** How many addresses look how. */
export type Looks = Readonly<Record<Look, number>>;

/**
 * Draws a fleet as a field of cells, half a cell for an address: full where it is Good, crossed out where it is Bad, in another
 * colour where it speaks DoT all the same, a dot where it is Unknown.
 *
 * @param canvas - where
 * @param life - whose
 */
export function drawField(canvas: HTMLCanvasElement, life: FleetLife): Looks {
  const looks = { good: 0, missed: 0, bad: 0, unknown: 0 };
  const [width, height] = [COLUMNS * CELL, ROWS * CELL];
  if (canvas.width !== SCALE * width) [canvas.width, canvas.height] = [SCALE * width, SCALE * height];
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the browser draws no canvas');
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name);
  const fills = { good: colour('--good'), missed: colour('--bad'), bad: colour('--edge'), unknown: colour('--faint') };
  const crosses = { missed: colour('--panel'), bad: colour('--faint') };
  context.setTransform(SCALE, 0, 0, SCALE, 0, 0);
  context.clearRect(0, 0, width, height);
  for (let address = 0; address < 2 * SERVERS; address++) {
    const look = lookOf(life, address);
    looks[look]++;
    const server = address >> 1;
    const x = (server % COLUMNS) * CELL + GAP / 2 + (address % 2) * HALF;
    const y = Math.floor(server / COLUMNS) * CELL + GAP / 2;
    context.fillStyle = fills[look];
    if (look === 'unknown') context.fillRect(x + HALF / 2 - 1, y + HALF - 1, 2, 2);
    else context.fillRect(x, y, HALF - 0.5, CELL - GAP);
    if (look === 'bad' || look === 'missed') cross(context, x, y, crosses[look]);
  }
  return looks;
}

function lookOf(life: FleetLife, address: number): Look {
  const { verdict, speaksDot } = life.seen(address);
  return verdict === 'bad' && speaksDot ? 'missed' : verdict;
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x + 2, y + HALF - 3);
  context.lineTo(x + HALF - 2.5, y + HALF + 3);
  context.moveTo(x + HALF - 2.5, y + HALF - 3);
  context.lineTo(x + 2, y + HALF + 3);
  context.stroke();
}
