import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../packages/dot-conformance/src/sheet/catalogue.js';
import { FIGURE_NAMES, measure, unitOf } from '../../packages/dot-conformance/src/sheet/figures.js';
import { ONE_SERVER, type Scenario, type Step } from '../../packages/dot-conformance/src/sheet/scenario.js';
import { expectationsOf, LEARNT } from '../../packages/dot-conformance/src/sheet/verdict.js';

/** The phases that a scenario's steps make. */
function phasesOf({ steps }: Scenario): string[] {
  return steps.flatMap((step) => {
    if (step.do === 'ask') return [step.phase];
    return step.do === 'learn' ? ['before', LEARNT] : [];
  });
}

function serverOf(step: Step): string | undefined {
  return 'server' in step ? step.server : undefined;
}

describe('the scenarios of dot-conformance', () => {
  it('have ids of their own, a text that is a sentence, and where that is written', () => {
    const ids = CATALOGUE.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, text, source } of CATALOGUE) {
      expect(id).toMatch(/^[SPQM]\d+[a-z]?$/);
      expect(text).toMatch(/^[A-Z].*\.$/);
      expect(source).toMatch(/^RFC \d{4}/);
    }
  });

  it('are data: nothing is lost where they are written as JSON', () => {
    expect(JSON.parse(JSON.stringify(CATALOGUE))).toEqual(CATALOGUE);
  });

  it('measure phases that there are, each with a bound', () => {
    for (const scenario of CATALOGUE) {
      const phases = phasesOf(scenario);
      expect(new Set(phases).size, scenario.id).toBe(phases.length);
      for (const { phase, least, most } of scenario.expect) {
        expect(phases, scenario.id).toContain(phase);
        expect(least ?? most, scenario.id).toBeDefined();
      }
      expect(scenario.expect.length, scenario.id).toBeGreaterThan(0);
    }
  });

  it('name servers that they have, and change none into another kind', () => {
    for (const { id, servers = ONE_SERVER, steps } of CATALOGUE) {
      for (const step of steps) {
        const name = serverOf(step) ?? Object.keys(servers)[0] ?? '';
        expect(servers, id).toHaveProperty(name);
        if (step.do !== 'set') continue;
        const isShaped = servers[name]?.shape !== undefined;
        expect(isShaped ? step.dot : step.shape, id).toBeUndefined();
      }
    }
  });

  it('measure with every figure that there is', () => {
    const expected = CATALOGUE.flatMap(expectationsOf);
    const used = new Set(expected.map(({ figure }) => figure));
    expect(FIGURE_NAMES.filter((figure) => !used.has(figure))).toEqual([]);
    expect(FIGURE_NAMES.map(unitOf).every((unit) => unit === '' || unit.startsWith(' '))).toBe(true);
  });

  it('a phase that was not reached has no figure', () => {
    const nothing = { phases: [], queries: [], connections: [] };
    expect(measure(nothing, 'then', 'queries with RD')).toBeUndefined();
  });
});
