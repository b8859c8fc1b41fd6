import { policyName } from './chosen-policy.js';
import { byId, part, write } from './dom.js';
import { drawField } from './field.js';
import { FleetLife, POINT_MINUTES } from './fleet-life.js';
import { drawLines } from './lines.js';
import { frame } from './play.js';
import type { Setup } from './setup.js';
import { countText, percentText } from './spans.js';

/** How long lives go on without a frame between, in milliseconds: half of what thirty frames a second leave to each. */
const SLICE_MS = 16;
const MINUTE = 60_000;

/** A fleet under two policies, on the same draws. */
export class FleetView {
  readonly #lanes: readonly Element[];
  #lives: readonly FleetLife[] = [];

  /** @param lanes - one for each policy */
  constructor(lanes: readonly Element[]) {
    this.#lanes = lanes;
  }

  /** Begins the lives of a set-up anew. */
  begin(setup: Setup): void {
    this.#lives = setup.policies.map((policy) => new FleetLife(setup, policy));
  }

  /** How far both have come, in milliseconds. */
  get livedTo(): number {
    return Math.min(...this.#lives.map(({ livedTo }) => livedTo));
  }

  /** Lives on to a moment, side by side, and draws as it goes on. */
  async liveTo(moment: number, setup: Setup, isWanted: () => boolean): Promise<void> {
    const lives = this.#lives;
    let drawnAt = performance.now();
    while (this.livedTo < moment - MINUTE / 2 && isWanted() && lives === this.#lives) {
      for (const life of lives) await life.goOn();
      if (performance.now() - drawnAt < SLICE_MS) continue;
      this.draw(setup);
      await frame();
      drawnAt = performance.now();
    }
  }

  /** Draws. */
  draw(setup: Setup): void {
    const names = setup.policies.map(policyName);
    for (const [index, life] of this.#lives.entries()) {
      const lane = this.#lanes[index];
      if (lane === undefined) continue;
      const field = part(lane, 'field', HTMLCanvasElement);
      const { good, missed, bad, unknown } = drawField(field, life);
      const held = `${good} addresses Good, ${missed + bad} Bad, ${unknown} Unknown`;
      const badge = part(lane, 'verdict', HTMLElement);
      badge.className = 'verdict';
      write(badge, held);
      field.setAttribute('aria-label', `The fleet under the policy ${names[index]}: ${held}`);
      const { encrypted, oracle, probes, queries, leaked } = life.total;
      write(part(lane, 'share', HTMLElement), shareText(encrypted, oracle));
      write(part(lane, 'missed', HTMLElement), `${missed} of ${good + missed}`);
      write(part(lane, 'probes', HTMLElement), `${countText(probes)}, to ${countText(queries)} queries`);
      write(part(lane, 'leaked', HTMLElement), countText(leaked));
    }
    this.#drawCharts(names);
  }

  #drawCharts(names: readonly string[]): void {
    const shares = this.#lives.map(({ points }) =>
      points.map(({ encrypted, oracle }) => Math.min(1, encrypted / oracle)),
    );
    const costs = this.#lives.map(({ points }) =>
      points.map(({ probes, minutes }) => (POINT_MINUTES * probes) / minutes),
    );
    const least = Math.min(0.9, ...shares.flat().filter(Number.isFinite));
    const floor = Math.floor(10 * least) / 10;
    const most = Math.max(1, ...costs.flat());
    write(byId('least-share', HTMLElement), `${Math.round(100 * floor)} %`);
    write(byId('most-probes', HTMLElement), countText(Math.round(most)));
    drawLines(part(document, 'share-chart', SVGElement), shares, [floor, 1], names, percentText);
    drawLines(part(document, 'cost-chart', SVGElement), costs, [0, most], names, (count) =>
      countText(Math.round(count)),
    );
  }
}

function shareText(encrypted: number, oracle: number): string {
  return oracle === 0 ? '–' : percentText(Math.min(1, encrypted / oracle));
}
