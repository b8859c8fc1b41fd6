/** Something that runs a round at a time. */
export type Contestant<T> = () => Promise<T>;

/**
 * Runs contestants in turns, round by round, so that what disturbs the machine disturbs all of them. The order turns and
 * swaps from round to round, so that nobody always comes after the same other. Nothing is collected in between: whole
 * collections let the compiler forget what it has learnt.
 *
 * @param contestants - by name
 * @param rounds - how many
 * @returns what each brought, by name, in the order of the rounds
 */
export async function alternate<R extends Readonly<Record<string, unknown>>>(
  contestants: { readonly [K in keyof R]: Contestant<R[K]> },
  rounds: number,
): Promise<{ [K in keyof R]: R[K][] }> {
  const names: (keyof R)[] = Object.keys(contestants);
  const brought = Object.fromEntries(names.map((name) => [name, []])) as unknown as { [K in keyof R]: R[K][] };
  for (let round = 0; round < rounds; round++) {
    for (const name of orderOf(names, round)) brought[name].push(await contestants[name]());
  }
  return brought;
}

/**
 * In which order contestants run.
 *
 * @param names - the contestants
 * @param round - from 0
 */
export function orderOf<K>(names: readonly K[], round: number): K[] {
  const turned = (round >> 1) % names.length;
  const order = [...names.slice(turned), ...names.slice(0, turned)];
  return round % 2 === 0 ? order : order.reverse();
}
