/** A query for `a.example.`, in wire format: what is asked for makes no difference here. */
export const MESSAGE: Uint8Array = Uint8Array.of(
  ...[0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
  ...[1, 0x61, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0],
  ...[0, 1, 0, 1],
);
