import { ask, type Question, type ResourceRecord } from 'dotscout/resolver';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InvalidInputError, QueryError, TransportSelector } from '../../src/index.js';
import { startFaultServer } from '../../src/testing/index.js';
import { findOpt } from '../../src/wire/message.js';
import { u16 as read16 } from '../../src/wire/octets.js';
import { answerWith, name, type Scripted, scriptedServer, text, u16 } from './support.js';

function selector(): TransportSelector {
  const made = new TransportSelector({
    guard: { allow: ['127.0.0.0/8'] },
    policy: { onlyAfterAnswer: false },
    timeoutMs: 300,
  });
  onTestFinished(() => made.close());
  return made;
}

async function answersTo(records: readonly Scripted[], question: Question): Promise<readonly ResourceRecord[]> {
  const server = await scriptedServer((query) => answerWith(query, records));
  const { answers } = await ask(selector(), server, question);
  return answers;
}

describe('ask', () => {
  it('the address of a name, from a server that speaks DoT: once it is known, encrypted', async () => {
    const server = await startFaultServer();
    onTestFinished(() => server.close());
    const { address, port, dotPort } = server;
    const ref = { address, port, dotPort };
    const chooser = selector();
    const clear = await ask(chooser, ref, 'www.example.org');
    expect(clear).toMatchObject({ rcode: 'NOERROR', transport: 'do53', encrypted: false, server: { address, port } });
    expect(clear.answers).toEqual([
      { name: 'www.example.org', type: 'A', class: 'IN', ttl: expect.any(Number), data: '192.0.2.1' },
    ]);
    expect(Buffer.isBuffer(clear.message)).toBe(true);
    await chooser.probe(ref);
    expect(await ask(chooser, [ref], { name: 'www.example.org' })).toMatchObject({
      ...{ answers: clear.answers, transport: 'dot', encrypted: true },
    });
  });

  it.each([
    ['SVCB', 64],
    ['HTTPS', 65],
    ['ZONEMD', 63],
    ['TYPE65280', 65_280],
    ['type65280', 65_280],
    ['mx', 15],
    ['ANY', 255],
  ] as const)('type %s: asked for by its number, and its data as it came', async (type, number) => {
    const asked: number[] = [];
    const server = await scriptedServer((query) => {
      asked.push(read16(query, query.length - 4));
      return answerWith(query, [{ type: 65_280, data: Buffer.from([1, 2]) }]);
    });
    const { answers } = await ask(selector(), server, { name: 'a.test', type: type as Question['type'] });
    expect(asked).toEqual([number]);
    expect(answers).toEqual([{ name: 'a.test', type: 'TYPE65280', class: 'IN', ttl: 60, data: Buffer.from([1, 2]) }]);
  });

  it('names with escapes: on the wire octet for octet, and back', async () => {
    const sent: string[] = [];
    const server = await scriptedServer((query) => {
      sent.push(query.toString('latin1', 12, query.length - 4));
      return answerWith(query, [{ type: 5, data: name('x.y', 'b\xff ', 'T"') }]);
    });
    const { answers } = await ask(selector(), server, { name: 'A\\.b.c\\000\\@.Ü', type: 'CNAME' });
    expect(sent).toEqual(['\x03A.b\x03c\0@\x08xn--tda\0'.replace('\x08', '\x07')]);
    expect(answers).toMatchObject([{ name: 'A\\.b.c\\000\\@.xn--tda', type: 'CNAME', data: 'x\\.y.b\\255 .T\\"' }]);
  });

  it('the data of each type, its names whole', async () => {
    const odd = name('a.b', 'c');
    const data: readonly (readonly [number, Buffer, unknown])[] = [
      [39, odd, 'a\\.b.c'],
      [15, Buffer.concat([u16(5), odd]), { preference: 5, exchange: 'a\\.b.c' }],
      [33, Buffer.concat([u16(1, 2, 3), name()]), { priority: 1, weight: 2, port: 3, target: '.' }],
      [17, Buffer.concat([name('j.d', 't'), odd]), { mbox: 'j\\.d.t', txt: 'a\\.b.c' }],
      [13, Buffer.concat([text('RFC8482'), text('')]), { cpu: 'RFC8482', os: '' }],
      [43, Buffer.from([0, 9, 8, 2, 7]), { keyTag: 9, algorithm: 8, digestType: 2, digest: Buffer.from([7]) }],
      [48, Buffer.from([1, 1, 3, 8, 7]), { flags: 257, algorithm: 8, key: Buffer.from([7]) }],
      [47, Buffer.concat([odd, Buffer.from([0, 1, 0x40])]), { nextDomain: 'a\\.b.c', rrtypes: ['A'] }],
      [44, Buffer.from([1, 9, 7]), Buffer.from([1, 9, 7])],
      [
        257,
        Buffer.concat([Buffer.from([128]), text('issue'), Buffer.from('\xff', 'latin1')]),
        { flags: 128, issuerCritical: true, tag: 'issue', value: '\xff' },
      ],
    ];
    const answers = await answersTo(
      data.map(([type, octets]) => ({ type, data: octets })),
      { name: 'a.test', type: 'ANY' },
    );
    expect(answers.map((record) => record.data)).toEqual(data.map(([, , shown]) => shown));
  });

  it('dnssec: asks for signatures, and gives no OPT as a record', async () => {
    const flags: unknown[] = [];
    const server = await scriptedServer((query) => {
      const opt = findOpt(query);
      flags.push(opt === undefined ? undefined : read16(query, opt.rdata - 4));
      if (opt === undefined) return answerWith(query, []);
      const answer = Buffer.concat([answerWith(query, []), query.subarray(opt.start, opt.end)]);
      answer.writeUInt16BE(1, 10);
      return answer;
    });
    const chooser = selector();
    for (const dnssec of [true, false]) {
      expect(await ask(chooser, server, { name: 'a.test', dnssec })).toMatchObject({ answers: [], additionals: [] });
    }
    expect(flags).toEqual([0x8000, undefined]);
  });

  it('several servers: the first that has an answer; of one server, whatever it says', async () => {
    const refusing = await scriptedServer((query) => answerWith(query, [], 5));
    const good = await scriptedServer((query) => answerWith(query, [], 3));
    expect(await ask(selector(), [refusing, good], 'a.test')).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(await ask(selector(), refusing, 'a.test')).toMatchObject({ rcode: 'REFUSED', answers: [] });
  });

  it('an answer that cannot be read: EBADRESP, with its cause', async () => {
    const server = await scriptedServer((query) => answerWith(query, [{ type: 1, data: Buffer.alloc(3) }]));
    await expect(ask(selector(), server, 'a.test')).rejects.toMatchObject({
      ...{ code: 'EBADRESP', syscall: 'queryA', hostname: 'a.test', cause: expect.any(Error) },
    });
  });

  it('nobody answers: a QueryError', async () => {
    const server = await scriptedServer(() => undefined);
    await expect(ask(selector(), server, 'a.test')).rejects.toBeInstanceOf(QueryError);
  });

  it.each<[string, unknown]>([
    ['no name', undefined],
    ['an empty name', ''],
    ['a label of 64', 'a'.repeat(64)],
    ['two dots', 'a..b'],
    ['a blank', 'a b'],
    ['no such type', { name: 'a', type: 'FOO' }],
    ['a number for a type', { name: 'a', type: 1 }],
    ['type 65536', { name: 'a', type: 'TYPE65536' }],
    ['type 0', { name: 'a', type: 'TYPE0' }],
    ['OPT', { name: 'a', type: 'TYPE41' }],
    ['a word for dnssec', { name: 'a', dnssec: 'yes' }],
    ['another option', { name: 'a', tpye: 'A' }],
    ['a name that is a number', { name: 5 }],
  ])('%s: INVALID_QUESTION, before anything is sent', async (_what, question) => {
    let asked = 0;
    const server = await scriptedServer((query) => {
      asked++;
      return answerWith(query, []);
    });
    const error = await ask(selector(), server, question as Question).catch((reason) => reason);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect([error.code, asked]).toEqual(['INVALID_QUESTION', 0]);
  });

  it('a zone transfer: refused as the selector refuses it', async () => {
    const server = await scriptedServer(() => undefined);
    await expect(ask(selector(), server, { name: 'a.test', type: 'TYPE252' })).rejects.toMatchObject({
      code: 'UNSUPPORTED_MESSAGE',
    });
  });
});
