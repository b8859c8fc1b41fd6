import type { ServerKind } from '../../src/testing/simulation/fleet-plans.js';
import { policyName } from './chosen-policy.js';
import { byId, part, write } from './dom.js';
import { ServerLife } from './server-life.js';
import type { Setup } from './setup.js';
import { countText, spanText } from './spans.js';
import { drawStrip, verdictName } from './strip.js';

/** The shortest strip, in milliseconds. */
const LEAST_SPAN = 900_000;

/** What a server of a kind does, as the page says it. */
const DOES: Readonly<Partial<Record<ServerKind, string>>> = {
  good13: 'The server answers over DNS over TLS.',
  refuse: 'Port 853 of the server refuses connections.',
  drop: 'Port 853 of the server is a black hole: silence.',
  'lame-on-dot': 'The server answers over TLS, but wrongly: it refuses the zone.',
  'one-shot': 'The server closes each session after one answer.',
};

/** What is said of a verdict beside its name: colour is not the only sign. */
const MEANS = { good: '✓ Good: encrypted', bad: '✗ Bad: clear text', unknown: '? Unknown: clear text' } as const;

/** Since when clear text is counted, as the page says it. */
const SINCE = { start: 'the start', change: 'the server changed', outage: 'the outage began' } as const;

/** One server under two policies. */
export class ServerView {
  readonly #lanes: readonly Element[];
  readonly #does = byId('does', HTMLElement);
  readonly #span = byId('span', HTMLSelectElement);
  readonly #verdicts = byId('verdicts', HTMLElement);
  #lives: readonly ServerLife[] = [];

  /** @param lanes - one for each policy */
  constructor(lanes: readonly Element[]) {
    this.#lanes = lanes;
  }

  /** What the set-up came to under each policy. */
  get lives(): readonly ServerLife[] {
    return this.#lives;
  }

  /** Begins the lives of a set-up anew. */
  begin(setup: Setup): void {
    this.#lives = setup.policies.map((policy) => new ServerLife(setup, policy));
  }

  /** Lives on to the set-up's moment, as long as that is wanted. */
  async liveTo(moment: number, isWanted: () => boolean): Promise<void> {
    const lives = this.#lives;
    for (const life of lives) await life.liveTo(moment, () => isWanted() && lives === this.#lives);
  }

  /** Draws. */
  draw(setup: Setup): void {
    const { now, changes } = setup;
    const span = Number(this.#span.value);
    const shown =
      span === 0 ? { from: 0, to: Math.max(LEAST_SPAN, now * 1.02) } : { from: Math.max(0, now - span * 0.98), to: 0 };
    const window = { from: shown.from, to: shown.to || shown.from + span, now };
    const kind = changes.findLast(({ at }) => at <= now)?.kind ?? 'good13';
    write(this.#does, DOES[kind] ?? '');
    const latest = changes.findLastIndex(({ at }, index) => at <= now && !isOutagesEnd(changes, index));
    const since = SINCE[latest === -1 ? 'start' : isOutagesEnd(changes, latest + 1) ? 'outage' : 'change'];
    const said = this.#lives.map((life, index) => {
      const lane = this.#lanes[index];
      const policy = setup.policies[index];
      if (lane === undefined || policy === undefined) return '';
      drawStrip(part(lane, 'strip', SVGElement), life, changes, window);
      const verdict = life.verdictAt(now);
      const badge = part(lane, 'verdict', HTMLElement);
      badge.className = `verdict ${verdict}`;
      write(badge, MEANS[verdict]);
      const from = changes[latest]?.at ?? 0;
      const { all, clear } = life.counted(from, now);
      write(part(lane, 'clear-label', HTMLElement), `In clear text since ${since}:`);
      write(part(lane, 'clear-time', HTMLElement), spanText(life.clearMs(from, now)));
      write(part(lane, 'counts', HTMLElement), `(${countText(clear)} of ${countText(all)} queries)`);
      const words = life.wordsAt(now);
      write(part(lane, 'why', HTMLElement), words?.why ?? '');
      write(part(lane, 'next', HTMLElement), words?.next ?? '');
      return `${policyName(policy)}: ${verdictName(verdict)}.`;
    });
    write(this.#verdicts, said.join(' '));
  }
}

/** Whether a change only ends the outage that the one before began: both are one event. */
function isOutagesEnd(changes: Setup['changes'], index: number): boolean {
  const [before, change] = [changes[index - 1], changes[index]];
  return before?.kind === 'refuse' && change?.kind === 'good13' && change.at - before.at <= 5_000;
}
