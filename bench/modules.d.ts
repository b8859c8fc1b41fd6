/** What we use of dohdec 6.0.4: its own declarations are not found under `module: NodeNext`. */
declare module 'dohdec' {
  export class DNSoverTLS {
    constructor(options: { host: string; port: number; rejectUnauthorized: boolean });
    lookup(name: string, options: { rrtype: string; decode: boolean }): Promise<unknown>;
    close(): Promise<void>;
  }
}
