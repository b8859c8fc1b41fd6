// What the example uses of dns-socket 4.2.2, which has no declarations of its own.
declare module 'dns-socket' {
  import type { EventEmitter } from 'node:events';
  import type { DecodedPacket, Packet } from 'dns-packet';

  namespace DnsSocket {
    type Callback = (error: Error | null, response?: DecodedPacket) => void;

    interface Options {
      readonly timeout?: number;
      readonly retries?: number;
    }
  }

  class DnsSocket extends EventEmitter {
    constructor(options?: DnsSocket.Options);
    readonly timeout: number;
    readonly destroyed: boolean;
    inflight: number;
    query(query: Packet, port: number, host: string | string[], callback?: DnsSocket.Callback): number;
    cancel(id: number): void;
    destroy(onClose?: () => void): void;
  }

  export default DnsSocket;
}
