/** One server of the fleet, as the workload needs to know it. */
export interface FleetServer {
  readonly address: string;
  readonly port: number;
  readonly dotPort: number;
  /** The zone that this server alone serves. */
  readonly zone: string;
  /** The name of servers of its kind. */
  readonly kind: string;
  /** Whether it can be asked over DoT. */
  readonly capable: boolean;
}

/** Servers that are running. */
export interface Fleet {
  readonly servers: readonly FleetServer[];
  close(): Promise<void>;
}

/** The message from the fleet's process to the program: its servers, or why there are none. */
export type FleetMessage = { readonly servers: readonly FleetServer[] } | { readonly error: string };

/** The zone of a server by its place; a family of its own, as budgets have it. */
export function zoneOf(index: number): string {
  return `zone${index}.test.`;
}
