import { expect, it } from 'vitest';
import { readSources, Workshop } from '../../model/compiled-state.js';
import { exitsOf } from '../../model/exits.js';
import { explore, type Violation } from '../../model/explore.js';
import { emptyFleet } from '../../model/fleet.js';
import { fleetModel } from '../../model/fleet-model.js';
import { FLEET_PROPERTIES } from '../../model/fleet-properties.js';
import { FLEETS, type FleetSize } from '../../model/fleets.js';
import type { Machine } from '../../model/machine.js';
import { mutate } from '../../model/mutation.js';
import { MUTATIONS } from '../../model/mutations.js';
import { normalForm } from '../../model/normal-form.js';
import { SMALL_POLICY } from '../../model/ticks.js';
import { transition } from '../../src/state/index.js';

// What only endpoints together show, and exits, are looked for where one endpoint's steps are all right. That they would
// be seen is shown here.

const FLEET = FLEETS[0] as FleetSize;

async function withFault<T>(what: string, use: (machine: Machine) => T): Promise<T> {
  await using workshop = await Workshop.open();
  const mutation = MUTATIONS.find((one) => one.what === what);
  if (mutation === undefined) throw new Error(`no such fault: ${what}`);
  return use(await workshop.load(mutate(await readSources(), mutation)));
}

async function fleetWith(what: string): Promise<Violation | undefined> {
  const { violations } = await withFault(what, (machine) => explore(fleetModel(machine, FLEET), { first: true }));
  return violations[0];
}

it.each([
  ['a deadline aborts nothing', /slots in flight equal probes in flight/],
  ['what flies is not aborted', /slots in flight equal probes in flight/],
  ['what waits is not withdrawn', /who waits is who wants a probe/],
  ['a flight has no deadline', /left to themselves all end/],
])('several endpoints show that %s', async (what, property) => {
  const violation = await fleetWith(what);
  expect(violation?.property).toMatch(property);
  expect(violation?.trace.length).toBeGreaterThan(0);
});

it('a state that comes round to itself has no exit', async () => {
  const flying = normalForm(
    transition(
      transition(undefined, { type: 'asked' }, SMALL_POLICY, 0).state,
      { type: 'probe-started', token: 1, deadline: 2 },
      SMALL_POLICY,
      0,
    ).state,
    SMALL_POLICY,
    0,
  );
  const { breaches } = await withFault('a flight has no deadline', (machine) =>
    exitsOf(machine, [flying], SMALL_POLICY),
  );
  expect(breaches.map(({ property }) => property)).toEqual([expect.stringMatching(/left to itself every state ends/)]);
  expect(exitsOf({ transition }, [flying], SMALL_POLICY).breaches).toEqual([]);
});

it('a state that is used and never becomes Good is a trap', () => {
  const deaf: Machine = {
    transition: (state, event, policy, now) =>
      event.type === 'contact' ? { state, effects: [] } : transition(state, event, policy, now),
  };
  const { breaches } = exitsOf(deaf, [undefined], SMALL_POLICY);
  expect(breaches.map(({ property }) => property)).toEqual([expect.stringMatching(/every state becomes Good/)]);
});

it('every promise of endpoints together can be broken', () => {
  const slots = [0, 1].map((who) => ({ who, kind: 'open' as const }));
  const waiting = [0, 1].map((who) => ({ who, purpose: 'discover' as const, at: 0 }));
  const broken = [
    { ...emptyFleet(2), slots },
    { ...emptyFleet(2), waiting },
  ];
  const seen = FLEET_PROPERTIES.filter(({ breach }) =>
    broken.some((fleet) => breach(fleet, FLEET.policy) !== undefined),
  );
  expect(seen).toEqual(FLEET_PROPERTIES);
  expect(FLEET_PROPERTIES.every(({ breach }) => breach(emptyFleet(2), FLEET.policy) === undefined)).toBe(true);
});
