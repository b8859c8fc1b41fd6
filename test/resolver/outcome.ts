/** What a call brings, or what is wrong: as a program sees it. Records of one answer come in any order. */
export async function outcome(call: () => Promise<unknown>): Promise<unknown> {
  try {
    const value = await call();
    return Array.isArray(value) ? value.map((one) => JSON.stringify(one, plain)).sort() : value;
  } catch (error) {
    const { name, code, syscall, hostname, message } = error as NodeJS.ErrnoException & { hostname?: string };
    return { name, code, syscall, hostname: hostname ?? '', message };
  }
}

/** Keys in one order, octets as numbers. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b)));
}

/** Node 24 adds `type` to the records of MX, SRV and CAA, and does not document it. */
export function withoutType(records: unknown): unknown {
  if (!Array.isArray(records)) return records;
  return records.map((record) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) return record;
    const { type: _, ...rest } = record as Record<string, unknown>;
    return rest;
  });
}
