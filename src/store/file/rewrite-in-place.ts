import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Copied at once, in octets. */
const CHUNK = 64 * 1_024;
/** The copy stays this far behind what is copied, in octets: more than a chunk and the longest record. */
const LEAST_GAP = 2 * CHUNK;

/**
 * Puts other records in place of those in a file that no other file can replace. Sound at any kill: the new records are
 * first written behind the old ones, where a reader takes the later record of an endpoint, and once they are on disk they
 * are copied to the front, and the rest is cut off. Until then every new record stands whole in at least one of the two
 * places; a line that the copy has torn apart is one broken record.
 *
 * @param path - the file, which is there; what does not begin with the header is thrown away
 * @param header - its first line
 * @param records - lines, made while those before are written
 */
export async function rewriteInPlace(path: string, header: string, records: AsyncIterable<string>): Promise<void> {
  const file = await open(path, constants.O_RDWR | (constants.O_NONBLOCK ?? 0));
  try {
    const oldEnd = await beginWith(file, header);
    const start = Math.max(oldEnd + 1, header.length + LEAST_GAP);
    let end = start;
    try {
      // Empty lines are no records, and end one that was cut short.
      await writeAt(file, Buffer.alloc(start - oldEnd, '\n'), oldEnd);
      for await (const lines of records) end += await writeAt(file, Buffer.from(lines), end);
      await file.datasync();
    } catch (error) {
      await file.truncate(oldEnd).catch(() => undefined);
      throw error;
    }
    await copyDown(file, start, end, header.length);
    await file.datasync();
    await file.truncate(header.length + end - start);
    await file.datasync();
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** Makes a file that does not begin with the header one of nothing else; how long the file is then. */
async function beginWith(file: FileHandle, header: string): Promise<number> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(header.length), 0, header.length, 0);
  if (bytesRead === header.length && buffer.toString() === header) return (await file.stat()).size;
  await file.truncate(0);
  await writeAt(file, Buffer.from(header), 0);
  await file.datasync();
  return header.length;
}

async function copyDown(file: FileHandle, start: number, end: number, to: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (let from = start; from < end; ) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK, end - from), from);
    if (bytesRead === 0) throw new Error('the file was cut short while it was written anew');
    await writeAt(file, chunk.subarray(0, bytesRead), to + from - start);
    from += bytesRead;
  }
}

/** Writes all of it: a full disk takes a part and says nothing. */
async function writeAt(file: FileHandle, octets: Buffer, position: number): Promise<number> {
  for (let done = 0; done < octets.length; )
    done += (await file.write(octets, done, octets.length - done, position + done)).bytesWritten;
  return octets.length;
}
