import type { ServerKind } from '../../src/testing/simulation/fleet-plans.js';
import { testOf } from './as-test.js';
import { byId, fill, write } from './dom.js';
import { FleetView } from './fleet-view.js';
import { Play } from './play.js';
import { PolicyForm } from './policy-form.js';
import { ServerView } from './server-view.js';
import {
  DEFAULT_SETUP,
  FLEETS,
  type FleetName,
  LAST_MOMENT,
  linkOf,
  MOST_CHANGES,
  RATES,
  type ServerChange,
  type Setup,
  setupOf,
} from './setup.js';
import { momentText } from './spans.js';

const TITLES = ['First policy', 'Second policy'] as const;

/** The page: holds the set-up, and draws what it comes to. */
export class Page {
  #setup: Setup = DEFAULT_SETUP;
  readonly #main = byId('page', HTMLElement);
  readonly #forms: readonly PolicyForm[];
  readonly #server: ServerView;
  readonly #fleet: FleetView;
  readonly #play: Play;
  /** Each time that something is to be lived, another number: what was begun for an earlier one is given up. */
  #turn = 0;

  constructor() {
    const template = byId('lane', HTMLTemplateElement);
    const lanes = TITLES.map((title) => {
      const [lane] = [...(template.content.cloneNode(true) as DocumentFragment).children];
      if (lane === undefined) throw new Error('the page has no lane');
      lane.setAttribute('aria-label', title);
      byId('lanes', HTMLElement).append(lane);
      return lane;
    });
    this.#forms = lanes.map(
      (lane, index) =>
        new PolicyForm(lane, TITLES[index] ?? '', (choice) => {
          const [a, b] = this.#setup.policies;
          void this.#become({ policies: index === 0 ? [choice, b] : [a, choice] });
        }),
    );
    this.#server = new ServerView(lanes);
    this.#fleet = new FleetView(lanes);
    this.#play = new Play({ forward: (ms) => this.#forward(ms), rests: () => this.#keep() });
    this.#listen();
  }

  /** Shows what the link says, or the default set-up and what is wrong with the link. */
  async open(): Promise<void> {
    const problem = byId('problem', HTMLElement);
    const link = location.hash.slice(1);
    let setup = DEFAULT_SETUP;
    problem.hidden = true;
    try {
      if (link !== '') setup = setupOf(link);
    } catch (error) {
      problem.hidden = false;
      write(problem, `${error instanceof Error ? error.message : error} Here is the default set-up instead.`);
    }
    const isNew = link === '';
    await this.#become(setup);
    if (isNew && !matchMedia('(prefers-reduced-motion: reduce)').matches) this.#play.begin();
  }

  // --- What the person does -----------------------------------------------------------------------------------------

  #listen(): void {
    const onClick = (id: string, run: () => void): void => byId(id, HTMLButtonElement).addEventListener('click', run);
    onClick('view-server', () => void this.#become({ view: 'server' }));
    onClick('view-fleet', () => void this.#become({ view: 'fleet' }));
    onClick('again', () => void this.#again());
    onClick('copy-link', () => void this.#copy(location.href, 'The link is copied.'));
    onClick('copy-test', () => this.#copyTest());
    for (const button of document.querySelectorAll<HTMLButtonElement>('[data-kind]'))
      button.addEventListener('click', () => this.#change(button.dataset.kind as ServerKind));
    for (const button of document.querySelectorAll<HTMLButtonElement>('[data-outage]'))
      button.addEventListener('click', () => this.#outage(Number(button.dataset.outage)));
    fill(byId('rate', HTMLSelectElement), RATES);
    fill(byId('fleet-name', HTMLSelectElement), FLEETS);
    byId('rate', HTMLSelectElement).addEventListener('change', ({ currentTarget }) => {
      void this.#become({ rate: Number((currentTarget as HTMLSelectElement).value) });
    });
    byId('fleet-name', HTMLSelectElement).addEventListener('change', ({ currentTarget }) => {
      void this.#become({ fleet: (currentTarget as HTMLSelectElement).value as FleetName });
    });
    byId('seed', HTMLInputElement).addEventListener('change', ({ currentTarget }) => {
      const { valueAsNumber, validity } = currentTarget as HTMLInputElement;
      void this.#become(validity.valid && Number.isInteger(valueAsNumber) ? { seed: valueAsNumber } : {});
    });
    byId('span', HTMLSelectElement).addEventListener('change', () => this.#draw());
    addEventListener('hashchange', () => {
      if (location.hash.slice(1) !== linkOf(this.#setup)) void this.open();
    });
  }

  #change(kind: ServerKind): void {
    const { now } = this.#setup;
    this.#add([{ at: Math.round(now), kind }]);
  }

  #outage(ms: number): void {
    const now = Math.round(this.#setup.now);
    this.#add([
      { at: now, kind: 'refuse' },
      { at: Math.min(LAST_MOMENT, now + ms), kind: 'good13' },
    ]);
  }

  /** What happens later by an earlier click happens no more: the latest click holds. */
  #add(changes: readonly ServerChange[]): void {
    const { now } = this.#setup;
    const past = this.#setup.changes.filter(({ at }) => at <= now);
    if (past.length + changes.length > MOST_CHANGES) {
      write(byId('copied', HTMLElement), `No more than ${MOST_CHANGES} changes: start again.`);
      return;
    }
    void this.#become({ changes: [...past, ...changes], now: Math.round(now) });
  }

  async #again(): Promise<void> {
    this.#play.pause();
    const fresh = this.#setup.view === 'server' ? { changes: [], now: DEFAULT_SETUP.now } : { fleetNow: 0 };
    await this.#become(fresh);
  }

  #copyTest(): void {
    const { policies } = this.#setup;
    const outcomes = this.#server.lives.flatMap((life, index) => {
      const policy = policies[index];
      return policy === undefined ? [] : [{ policy, life }];
    });
    // The end is a whole millisecond, in the test and in what it expects.
    const text = testOf({ ...this.#setup, now: Math.round(this.#setup.now) }, outcomes);
    byId('test-box', HTMLElement).hidden = false;
    byId('test', HTMLTextAreaElement).value = text;
    void this.#copy(text, 'The test is copied.');
  }

  async #copy(text: string, done: string): Promise<void> {
    const told = byId('copied', HTMLElement);
    try {
      await navigator.clipboard.writeText(text);
      write(told, done);
    } catch {
      write(told, 'The browser does not let this page copy: take it from the address bar, or from the box.');
    }
  }

  // --- What comes of it ---------------------------------------------------------------------------------------------

  /** Another set-up: its lives begin anew, up to where it has come. */
  async #become(changed: Partial<Setup>): Promise<void> {
    this.#setup = { ...this.#setup, ...changed };
    this.#showChoices();
    this.#server.begin(this.#setup);
    this.#fleet.begin(this.#setup);
    await this.#live();
    this.#keep();
  }

  async #forward(ms: number): Promise<void> {
    const { view, now, fleetNow } = this.#setup;
    const on = (moment: number): number => Math.min(LAST_MOMENT, moment + ms);
    this.#setup = view === 'server' ? { ...this.#setup, now: on(now) } : { ...this.#setup, fleetNow: on(fleetNow) };
    await this.#live();
  }

  /** Lives on to the set-up's moment, and draws; where a later call has another, it is left to that. */
  async #live(): Promise<void> {
    const turn = ++this.#turn;
    const isWanted = (): boolean => turn === this.#turn;
    this.#main.setAttribute('aria-busy', 'true');
    if (this.#setup.view === 'server') await this.#server.liveTo(this.#setup.now, isWanted);
    else await this.#fleet.liveTo(this.#setup.fleetNow, this.#setup, isWanted);
    if (!isWanted()) return;
    this.#draw();
    this.#main.setAttribute('aria-busy', 'false');
  }

  #draw(): void {
    const { view, now } = this.#setup;
    write(byId('clock', HTMLOutputElement), momentText(view === 'server' ? now : this.#fleet.livedTo));
    if (view === 'server') this.#server.draw(this.#setup);
    else this.#fleet.draw(this.#setup);
  }

  /** The address holds the set-up; a browser bears only some such changes a minute. */
  #keep(): void {
    history.replaceState(null, '', `#${linkOf(this.#setup)}`);
  }

  #showChoices(): void {
    const { view, policies, rate, fleet, seed } = this.#setup;
    document.body.dataset.view = view;
    byId('server', HTMLElement).hidden = view === 'fleet';
    for (const name of ['server', 'fleet'])
      byId(`view-${name}`, HTMLButtonElement).setAttribute('aria-pressed', String(view === name));
    for (const [index, form] of this.#forms.entries()) {
      const policy = policies[index];
      if (policy !== undefined) form.show(policy);
    }
    byId('rate', HTMLSelectElement).value = String(rate);
    byId('fleet-name', HTMLSelectElement).value = fleet;
    byId('seed', HTMLInputElement).value = String(seed);
  }
}
