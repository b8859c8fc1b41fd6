import type { ProbeResult } from 'dotscout';
import { type FailureKind, isWordless } from 'dotscout/state';
import { rcodeName } from '../../../../src/resolver/rcodes.js';
import { labelled, visible } from '../text.js';
import type { ProbeRecord } from './record.js';

/** How a probe was made. */
export interface StoryOptions {
  /** Where Do53 was asked. */
  readonly do53Port: number;
  /** Whose SOA was asked for. */
  readonly zone: string;
  /** Columns of a line. */
  readonly width: number;
}

/**
 * What happened in a probe, step by step, in lines for people.
 *
 * @param record - what it found
 * @param result - the same with all that it saw
 * @param options - how it was made
 */
export function storyOf(record: ProbeRecord, result: ProbeResult, options: StoryOptions): string[] {
  const steps = [connectStep(record), ...tlsSteps(record, result), ...answerSteps(record, result, options)];
  return [...steps, ...controlSteps(record, options), ['so', conclusionOf(record)] as const]
    .filter((step) => step !== undefined)
    .flatMap(([what, text]) => labelled(what, text, options.width));
}

type Step = readonly [what: string, text: string];

function connectStep({ port, phase, kind, connectMs }: ProbeRecord): Step {
  if (connectMs !== null) return ['TCP', `up on port ${port} after ${connectMs} ms`];
  if (phase === 'connect') return ['TCP', `port ${port}: ${kind}`];
  return ['TCP', phase === null ? `port ${port}: nothing learned, ${kind}` : `up on port ${port}`];
}

function tlsSteps({ phase, kind, handshakeMs, spki }: ProbeRecord, { tls, detail }: ProbeResult): Step[] {
  const said = detail === undefined ? [] : [['said', visible(detail)] as const];
  if (tls === undefined) return phase === 'handshake' ? [['TLS', `failed: ${kind}`], ...said] : said;
  const trusted = tls.authorized
    ? 'trusted for this address'
    : `not trusted (${tls.authorizationError ?? 'no reason given'}); accepted all the same, RFC 9539 section 4.6.3.4`;
  return [
    ['TLS', `${tls.protocol}, ${tls.cipher}, up ${handshakeMs} ms later`],
    ['ALPN', tls.alpn === false ? 'the server chose none, which does no harm' : tls.alpn],
    ['certificate', trusted],
    ...(spki === null ? [] : [['key', `sha256 ${spki}`] as const]),
    ...said,
  ];
}

function answerSteps(
  { phase, kind, rcode, answerMs }: ProbeRecord,
  result: ProbeResult,
  { zone }: StoryOptions,
): Step[] {
  if (rcode === null) return phase === 'answer' ? [['answer', `SOA of ${zone}: ${kind}`]] : [];
  const answer: Step = ['answer', `SOA of ${zone}: ${rcodeName(rcode)} after ${answerMs} ms`];
  if (result.comparison === undefined) return [answer];
  const other = result.comparison.rcode;
  const compared = other === undefined ? 'no answer to the same question' : `${rcodeName(other)} to the same question`;
  return [answer, ['Do53', compared]];
}

function controlSteps({ kind, controlled }: ProbeRecord, { do53Port }: StoryOptions): Step[] {
  if (kind === null || !isWordless(kind as FailureKind)) return [];
  return [
    [
      'control',
      controlled === true
        ? `the server answers over Do53 on port ${do53Port}: our path is up`
        : `no answer over Do53 on port ${do53Port} either: the server or our path is down`,
    ],
  ];
}

function conclusionOf({ verdict, kind, phase, controlled }: ProbeRecord): string {
  if (verdict === 'good') return 'good: it speaks DoT, and a resolver asks it over DoT from now on';
  if (verdict === 'unknown') return 'unknown: this says nothing about the server';
  if (kind === 'lame') return 'bad: for this zone it answers worse over DoT than over Do53';
  if (controlled === false) return 'bad for a minute: then it is tried again, as our own path may have been down';
  return phase === 'connect' ? 'bad: nobody speaks DoT there' : 'bad: somebody is there, but does not speak DoT';
}
