/** One server of the fleet, as the workload needs to know it. */
export interface FleetServer {
  readonly address: string;
  readonly port: number;
  readonly dotPort: number;
  /** The zone that it serves, and no other server. */
  readonly zone: string;
  /** What people call servers of its sort. */
  readonly kind: string;
  /** Whether it can be asked over DoT. */
  readonly capable: boolean;
}

/** Servers that are running. */
export interface Fleet {
  readonly servers: readonly FleetServer[];
  close(): Promise<void>;
}

/** What the fleet's process tells the demo: its servers, or why there are none. */
export type FleetMessage = { readonly servers: readonly FleetServer[] } | { readonly error: string };

/** The zone of a server by its place; a family of its own, as budgets have it. */
export function zoneOf(index: number): string {
  return `zone${index}.test.`;
}
