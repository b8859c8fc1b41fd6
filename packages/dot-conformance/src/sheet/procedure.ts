import { LEARN, ONE_SERVER, type Scenario, type ServerSpec, type Step } from './scenario.js';
import { LEARNT } from './verdict.js';

/** A scenario's procedure in words: its servers where they are not good, and its steps, one after the other. */
export function procedureOf({ servers = ONE_SERVER, steps }: Scenario): string {
  const names = Object.keys(servers);
  const given = Object.entries(servers).map(([name, spec]) => {
    const what = specInWords(spec);
    return what === '' ? [] : [names.length === 1 ? `server: ${what}` : `server ${name}: ${what}`];
  });
  return [...given.flat(), ...steps.map(stepInWords)].join('; ');
}

function stepInWords(step: Step): string {
  switch (step.do) {
    case 'ask': {
      const { count, everyMs, phase, kind = 'address', zone = 'own', beside } = step;
      const pace = everyMs === 0 ? 'at once' : `every ${everyMs} ms`;
      const what = kind === 'address' ? [] : [`for ${kind}`];
      const whose = zone === 'own' ? [] : [`in the ${zone === 'other' ? 'other zone' : 'stranger’s zone'}`];
      const meanwhile = beside === true ? ['beside what follows'] : [];
      return [
        `“${phase}”: ask`,
        `${count} times`,
        ...(count === 1 ? [] : [pace]),
        ...what,
        ...whose,
        ...meanwhile,
      ].join(' ');
    }
    case 'join':
      return 'wait for all answers';
    case 'learn':
      return `“before”: ask every ${LEARN.everyMs} ms, up to ${LEARN.queries} times, until the latest two, “${LEARNT}”, go over DoT alone`;
    case 'set':
      return `now ${specInWords(step)}`;
    case 'filter':
      return `packet filter \`${step.filter}\` ${step.on ? 'on' : 'off'}`;
    case 'close-sessions':
      return `the server ends its sessions by ${step.by ?? 'FIN'}`;
    case 'wait':
      return `wait ${step.ms} ms`;
    case 'restart':
      return `end the resolver by ${step.by}${step.spoiled === true ? ', make noise of its files' : ''} and start it`;
  }
}

function specInWords({ address, dot, shape, clear, turns }: ServerSpec): string {
  const overDot = dot ?? shape;
  return [
    ...(address === undefined ? [] : [`address ${address}`]),
    ...(overDot === undefined ? [] : [`DoT \`${overDot}\``]),
    ...(turns === undefined ? [] : [`DoT in turns ${turns.map((fault) => `\`${fault}\``).join(' and ')}`]),
    ...(clear === undefined ? [] : [`Do53 \`${clear}\``]),
  ].join(', ');
}
