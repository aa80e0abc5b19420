/** A TCP proxy between a client and a server, that breaks connections in the ways networks do. */
import { createServer, connect as open, type Socket } from 'node:net';

/** A running proxy. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that were opened through it, ended ones included. */
  readonly opened: () => number;
  /** Bytes that were not passed on. */
  readonly swallowed: () => number;
  /** From now on nothing is passed on, in either direction, and nobody is told: connections are half open. */
  readonly stopForwarding: () => void;
  /** New connections are passed on again; those that were half open stay so. */
  readonly forwardNew: () => void;
  /** Ends all connections with a reset. */
  readonly reset: () => void;
  readonly close: () => Promise<void>;
}

/** Starts a proxy on loopback. */
export async function startTcpProxy(toPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let pairs: { isStopped: boolean }[] = [];
  let isForwarding = true;
  let opened = 0;
  let swallowed = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    opened += 1;
    keep(near);
    const pair = { isStopped: !isForwarding };
    pairs.push(pair);
    if (pair.isStopped) return;
    const far = open(toPort, '127.0.0.1');
    keep(far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => {
        if (pair.isStopped) swallowed += bytes.length;
        else to.write(bytes);
      });
      from.on('close', () => {
        if (!pair.isStopped) to.destroy();
      });
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    opened: () => opened,
    swallowed: () => swallowed,
    stopForwarding: () => {
      isForwarding = false;
      for (const pair of pairs) pair.isStopped = true;
    },
    forwardNew: () => {
      isForwarding = true;
      pairs = [];
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}
