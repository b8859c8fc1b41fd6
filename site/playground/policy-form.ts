import { type PolicyName, policies } from '../../src/state/policy.js';
import {
  type ChosenPolicy,
  HEDGES,
  POLICY_PARTS,
  type PolicyPart,
  PRESETS,
  policyOf,
  withPart,
} from './chosen-policy.js';
import { fill, part, write } from './dom.js';
import { spanText } from './spans.js';

/** The controls of one policy: a preset, and sliders for what differs from it. */
export class PolicyForm {
  readonly #preset: HTMLSelectElement;
  readonly #hedge = document.createElement('select');
  readonly #sliders = new Map<PolicyPart, { readonly input: HTMLInputElement; readonly value: HTMLOutputElement }>();
  #choice: ChosenPolicy = { preset: 'default', changes: {} };

  /**
   * @param lane - where its controls are
   * @param title - which policy, for those who hear the controls' names
   * @param chosen - is told of each choice
   */
  constructor(lane: Element, title: string, chosen: (choice: ChosenPolicy) => void) {
    this.#preset = part(lane, 'preset', HTMLSelectElement);
    this.#preset.setAttribute('aria-label', `${title}: preset`);
    fill(this.#preset, PRESETS);
    const choose = (choice: ChosenPolicy): void => {
      this.show(choice);
      chosen(choice);
    };
    this.#preset.addEventListener('change', () => choose({ preset: this.#preset.value as PolicyName, changes: {} }));
    const numbers = part(lane, 'numbers', HTMLElement);
    for (const one of POLICY_PARTS) {
      const input = Object.assign(document.createElement('input'), { type: 'range', min: '0', step: '1' });
      const value = document.createElement('output');
      input.setAttribute('aria-label', `${title}: ${one.label}`);
      input.addEventListener('input', () => this.#write(one, stopsOf(one, this.#choice)[Number(input.value)] ?? 0));
      input.addEventListener('change', () =>
        choose(withPart(this.#choice, one.name, stopsOf(one, this.#choice)[Number(input.value)] ?? 0)),
      );
      this.#sliders.set(one, { input, value });
      numbers.append(labelled(`${one.label} `, input, value));
    }
    fill(this.#hedge, HEDGES);
    this.#hedge.setAttribute('aria-label', `${title}: Clear text beside a slow answer (hedge)`);
    this.#hedge.addEventListener('change', () => choose(withPart(this.#choice, 'hedge', this.#hedge.value)));
    numbers.append(labelled('Clear text beside a slow answer (hedge) ', this.#hedge));
  }

  /** Shows a choice. */
  show(choice: ChosenPolicy): void {
    this.#choice = choice;
    this.#preset.value = choice.preset;
    const policy = policyOf(choice);
    for (const [one, { input }] of this.#sliders) {
      const stops = stopsOf(one, choice);
      input.max = String(stops.length - 1);
      input.value = String(stops.indexOf(policy[one.name]));
      this.#write(one, policy[one.name]);
    }
    this.#hedge.value = policy.hedge;
  }

  #write(one: PolicyPart, stop: number): void {
    const slider = this.#sliders.get(one);
    if (slider === undefined) return;
    const text = one.name.endsWith('Ms') ? spanText(stop) : String(stop);
    write(slider.value, text);
    slider.input.setAttribute('aria-valuetext', text);
  }
}

/** A slider's stops; every preset's own number is one of them. */
function stopsOf({ name, stops }: PolicyPart, { preset }: ChosenPolicy): readonly number[] {
  const own = policies[preset][name];
  return stops.includes(own) ? stops : [...stops, own].sort((a, b) => a - b);
}

function labelled(text: string, ...controls: readonly Element[]): HTMLLabelElement {
  const label = document.createElement('label');
  label.append(text, ...controls);
  return label;
}
