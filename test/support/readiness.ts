import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Namespace } from './namespace.js';
import { rawQuery } from './raw-client.js';

const SOA = 6;
const PATIENCE_MS = 200;

/** Whether somebody accepts TCP connections. NSD logs a failed handshake for it, which is harmless. */
export function acceptsTcp(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(PATIENCE_MS, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** Whether a server answers NOERROR to SOA for a zone, over UDP. */
export function answersUdp(address: string, port: number, zone: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const settle = (answered: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answered);
    };
    const timer = setTimeout(() => settle(false), PATIENCE_MS);
    socket.once('error', () => settle(false));
    socket.once('message', (answer) => settle((answer.readUInt16BE(2) & 15) === 0));
    // Connected, so that a closed port is an error at once.
    socket.connect(port, address, () => socket.send(rawQuery({ name: zone, type: SOA, edns: 'none' })));
  });
}

/** Ends with 0 where all ports accept TCP: what a process inside a namespace can be asked. */
const ALL_ACCEPT = `
const { connect } = require('node:net');
const [host, ...ports] = process.argv.slice(1);
const tries = ports.map((port) => new Promise((resolve, reject) => {
  const socket = connect({ host, port: Number(port) }, () => resolve(socket.destroy()));
  socket.on('error', reject);
}));
Promise.all(tries).catch(() => process.exit(1));`;

/** Whether a server inside a namespace accepts connections on all of some ports; name servers take TCP on 53 too. */
export async function isReadyInside(namespace: Namespace, address: string, ports: readonly number[]): Promise<boolean> {
  const tried = await namespace.exec(process.execPath, '-e', ALL_ACCEPT, address, ...ports.map(String));
  return tried.code === 0;
}
