import type { Verdict } from '../../src/state/model.js';
import { drawn } from './dom.js';
import type { ServerLife } from './server-life.js';
import type { ServerChange } from './setup.js';
import { momentText } from './spans.js';

/** A drawing's unit is a pixel of the page; of a strip that is not laid out it is this many. */
const LEAST_PAGE = 240;
/** Marks at the beginning are whole. */
const MARGIN = 8;
const PROBES_AT = 12;
const BAND_AT = 20;
const BAND_HEIGHT = 36;
const QUERIES_AT = BAND_AT + BAND_HEIGHT + 6;
const QUERIES_HEIGHT = 26;
const HEIGHT = QUERIES_AT + 2 * QUERIES_HEIGHT + 4;
/** What is short is seen all the same. */
const LEAST_WIDTH = 3;
/** Queries are counted by the minute, and no bar is narrower than this. */
const MINUTE = 60_000;
const LEAST_BAR = 4;

/** Which part of a life is shown, in milliseconds. */
export interface Shown {
  readonly from: number;
  readonly to: number;
  /** Nothing after it has happened yet. */
  readonly now: number;
}

/**
 * Draws the strip of a life: probes above, the verdict as a band, queries below it, those in clear text hanging down. What the
 * server did stands across.
 *
 * @param strip - where
 * @param life - whose
 * @param changes - what the server did
 * @param shown - which part
 */
export function drawStrip(strip: SVGElement, life: ServerLife, changes: readonly ServerChange[], shown: Shown): void {
  const width = Math.max(LEAST_PAGE, strip.getBoundingClientRect().width) - 2 * MARGIN;
  const x = (at: number): number => (width * (at - shown.from)) / (shown.to - shown.from);
  const isSeen = (at: number): boolean => at >= shown.from && at <= shown.now;
  const probes = life.probes.filter(isSeen).map((at) => `M${x(at).toFixed(1)} ${PROBES_AT}l-6 -10h12z`);
  const across = changes.filter(({ at }) => isSeen(at)).map(({ at }) => `M${x(at).toFixed(1)} 0V${HEIGHT}`);
  strip.setAttribute('viewBox', `${-MARGIN} 0 ${width + 2 * MARGIN} ${HEIGHT}`);
  strip.replaceChildren(
    ...bands(life, shown, x),
    drawn('path', { class: 'probes', d: probes.join('') }),
    ...queries(life, shown, width),
    drawn('path', { class: 'changes', d: across.join('') }),
    drawn('path', { class: 'now', d: `M${x(shown.now).toFixed(1)} 0V${HEIGHT}` }),
  );
  strip.setAttribute('aria-label', inWords(life, shown));
}

function bands({ verdicts }: ServerLife, { from, now }: Shown, x: (at: number) => number): SVGElement[] {
  return verdicts.flatMap(({ at, verdict }, index) => {
    const end = Math.min(now, verdicts[index + 1]?.at ?? now);
    if (end <= from || at >= now) return [];
    const left = x(Math.max(from, at));
    const width = Math.max(LEAST_WIDTH, x(end) - left).toFixed(1);
    const place = { x: left.toFixed(1), y: BAND_AT, width, height: BAND_HEIGHT };
    const band = drawn('rect', { ...place, class: `band ${verdict}` });
    return verdict === 'good'
      ? [band]
      : [band, drawn('rect', { ...place, class: 'hatch', fill: `url(#hatch-${verdict})` })];
  });
}

/** How many queries there were in each part of the time, encrypted above and in clear text below a line. */
function queries(life: ServerLife, { from, to, now }: Shown, width: number): SVGElement[] {
  const buckets = Math.max(1, Math.floor(Math.min((to - from) / MINUTE, width / LEAST_BAR)));
  const bar = width / buckets;
  const [encrypted, clear] = [new Float64Array(buckets), new Float64Array(buckets)];
  for (const { at, count, isEncrypted } of life.queries) {
    if (at < from || at > now) continue;
    // What is counted in place came in the minute before.
    const bucket = Math.max(0, Math.ceil((buckets * (at - from)) / (to - from)) - 1);
    const into = isEncrypted ? encrypted : clear;
    into[bucket] = (into[bucket] ?? 0) + count;
  }
  const most = Math.max(1, ...encrypted, ...clear);
  const middle = QUERIES_AT + QUERIES_HEIGHT;
  const bars = (counts: Float64Array, up: number): string =>
    [...counts]
      .map((count, bucket) => {
        if (count === 0) return '';
        const height = up * Math.max(2, (QUERIES_HEIGHT * count) / most);
        return `M${(bucket * bar).toFixed(1)} ${middle}h${(bar - 1).toFixed(1)}v${height.toFixed(1)}h${(1 - bar).toFixed(1)}z`;
      })
      .join('');
  return [
    drawn('path', { class: 'encrypted', d: bars(encrypted, -1) }),
    drawn('path', { class: 'clear', d: bars(clear, 1) }),
    drawn('path', { class: 'axis', d: `M0 ${middle}H${width}` }),
  ];
}

const NAMES: Readonly<Record<Verdict, string>> = { good: 'Good', bad: 'Bad', unknown: 'Unknown' };

/** The name of a verdict, as people know it. */
export function verdictName(verdict: Verdict): string {
  return NAMES[verdict];
}

/** The latest verdicts in words, for those who do not see the strip. */
function inWords(life: ServerLife, { now }: Shown): string {
  const seen = life.verdicts.filter(({ at }) => at <= now).slice(-4);
  return seen.map(({ at, verdict }) => `${verdictName(verdict)} since ${momentText(at)}`).join(', then ');
}
