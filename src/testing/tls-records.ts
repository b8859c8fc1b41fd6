import { createCipheriv, createHmac } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** The one cipher suite in which records are sealed here. */
export const CIPHER = 'TLS_AES_256_GCM_SHA384';

const HASH = 'sha384';
const ALGORITHM = 'aes-256-gcm';
const KEY_OCTETS = 32;
const IV_OCTETS = 12;
/** What a record is longer by than what it carries: its inner type, and the tag. */
const SEAL_OCTETS = 17;

/** Types of records (RFC 8446 section 5.1). */
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;

/** KeyUpdate, which asks for none in return (section 4.6.3). */
const KEY_UPDATE = Buffer.from([24, 0, 0, 1, 0]);

/** HKDF-Expand-Label without a context (RFC 8446 section 7.1), for what one block of the hash is long enough. */
function expand(secret: Buffer, label: string, octets: number): Buffer {
  const name = `tls13 ${label}`;
  const info = Buffer.from([octets >> 8, octets & 0xff, name.length, ...Buffer.from(name), 0, 1]);
  return createHmac(HASH, secret).update(info).digest().subarray(0, octets);
}

/** Seals records of TLS 1.3 (RFC 8446 section 5.2), which Node's server has no way to send. */
export class RecordSealer {
  #secret: Buffer;
  #key: Buffer;
  #iv: Buffer;
  #sequence: number;

  /**
   * @param secret - the sender's first application traffic secret
   * @param sequence - how many records were sealed with it
   */
  constructor(secret: Buffer, sequence: number) {
    this.#secret = secret;
    this.#key = expand(secret, 'key', KEY_OCTETS);
    this.#iv = expand(secret, 'iv', IV_OCTETS);
    this.#sequence = sequence;
  }

  /**
   * One record.
   *
   * @param type - what it carries
   * @param content - at most 16 KB
   */
  seal(type: number, content: Uint8Array): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence++) >>> 0, 8);
    const header = Buffer.from([APPLICATION_DATA, 3, 3, 0, 0]);
    header.writeUInt16BE(content.length + SEAL_OCTETS, 3);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce);
    cipher.setAAD(header);
    const inner = Buffer.concat([content, Buffer.from([type])]);
    return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
  }

  /** A KeyUpdate; the next record is sealed with the next key (section 7.2). */
  keyUpdate(): Buffer {
    const record = this.seal(HANDSHAKE, KEY_UPDATE);
    this.#secret = expand(this.#secret, 'traffic upd', this.#secret.length);
    this.#key = expand(this.#secret, 'key', KEY_OCTETS);
    this.#iv = expand(this.#secret, 'iv', IV_OCTETS);
    this.#sequence = 0;
    return record;
  }
}

const HEADER_OCTETS = 5;

/** Lets records pass, and tells of each. */
export class RecordTap extends Transform {
  readonly #seen: (type: number) => void;
  readonly #header: number[] = [];
  #left = 0;

  /** @param seen - called with the type of each record that begins */
  constructor(seen: (type: number) => void) {
    super();
    this.#seen = seen;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const octets = Math.min(this.#left, chunk.length - at);
        this.#left -= octets;
        at += octets;
        continue;
      }
      this.#header.push(chunk.readUInt8(at++));
      if (this.#header.length < HEADER_OCTETS) continue;
      const [type = 0, , , high = 0, low = 0] = this.#header.splice(0);
      this.#left = (high << 8) | low;
      this.#seen(type);
    }
    done(null, chunk);
  }
}
