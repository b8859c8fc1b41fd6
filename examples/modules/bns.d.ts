// What the example uses of bns 0.16.0, which has no declarations of its own.
declare module 'bns' {
  export interface Server {
    readonly host: string;
    readonly port: number;
  }

  export class Hints {
    addServer(name: string, address: string): this;
  }

  export class Authority {
    constructor(zone: string, name: string);
    readonly zone: string;
    servers: Server[];
    add(host: string, port: number): this;
  }

  export namespace wire {
    interface Question {
      readonly name: string;
      readonly type: number;
    }

    interface Record {
      readonly name: string;
      readonly type: number;
      readonly ttl: number;
      readonly data: { readonly address?: string };
    }

    class Message {
      static decode(data: Buffer): Message;
      id: number;
      readonly code: number;
      readonly question: Question[];
      readonly answer: Record[];
      encode(): Buffer;
    }

    const types: Readonly<{ [name: string]: number }>;
    const codes: Readonly<{ [name: string]: number }>;
  }

  export interface ResolverOptions {
    readonly hints?: Hints;
    readonly inet6?: boolean;
    readonly edns?: boolean;
    readonly dnssec?: boolean;
  }

  export class RecursiveResolver {
    constructor(options?: ResolverOptions);
    readonly hints: Hints;
    open(): Promise<this>;
    close(): Promise<this>;
    lookup(name: string, type: number): Promise<wire.Message>;
    getAuthority(): Authority;
    exchange(request: wire.Message, servers: readonly Server[]): Promise<wire.Message>;
    /** Which addresses to ask next, given a referral. */
    pickAuthority(context: unknown, authority: wire.Record[], additional: wire.Record[]): Promise<Authority | null>;
    /** The addresses of each zone, and the zone of each name server. */
    splitAuths(authority: wire.Record[], additional: wire.Record[]): [Map<string, string[]>, Map<string, string>];
  }
}
