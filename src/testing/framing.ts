/** Cuts a stream into DNS messages by their two length octets (RFC 1035 section 4.2.2). */
export class FrameReader {
  #buffer: Buffer = Buffer.alloc(0);

  /** How many octets of an incomplete message have come. */
  get pending(): number {
    return this.#buffer.length;
  }

  /**
   * Takes what has arrived.
   *
   * @param chunk - the next octets of the stream
   * @returns the messages that are now complete
   */
  push(chunk: Uint8Array): Buffer[] {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    const messages: Buffer[] = [];
    let at = 0;
    while (this.#buffer.length - at >= 2) {
      const end = at + 2 + this.#buffer.readUInt16BE(at);
      if (end > this.#buffer.length) break;
      messages.push(this.#buffer.subarray(at + 2, end));
      at = end;
    }
    this.#buffer = this.#buffer.subarray(at);
    return messages;
  }
}
