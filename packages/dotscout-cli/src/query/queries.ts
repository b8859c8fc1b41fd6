import { type Question, queryFor } from '../../../../src/resolver/question.js';

/** EDNS over UDP without fragments (RFC 9715). */
const PAYLOAD_SIZE = 1_232;
const OPT = 41;
/** The padding option (RFC 7830), empty: the transport fills it, and leaves the server's in the answer. */
const PADDING = Buffer.from([0, 12, 0, 0]);

/**
 * The same question for both transports. Each has an OPT record; over DoT it asks for padding too, which clear text must not
 * have (RFC 7830 section 6).
 *
 * @param question - a name and a type
 * @throws `InvalidInputError` `INVALID_QUESTION`
 */
export function queriesFor(question: Question): { readonly dot: Buffer; readonly do53: Buffer } {
  const query = queryFor(question);
  return { dot: withOpt(query, PADDING), do53: withOpt(query, Buffer.alloc(0)) };
}

function withOpt(query: Buffer, options: Buffer): Buffer {
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(OPT, 1);
  opt.writeUInt16BE(PAYLOAD_SIZE, 3);
  opt.writeUInt16BE(options.length, 9);
  const message = Buffer.concat([query, opt, options]);
  message.writeUInt16BE(1, 10);
  return message;
}
