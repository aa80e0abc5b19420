/**
 * Ports that nobody but their test gets, as long as its process lives, also while nobody listens on them: a server may
 * stop, be seen to refuse, and start again.
 *
 *     the kernel's own choice (connections, port 0)    its ephemeral range; ports of tests lie outside
 *     other tests, of this and other processes         a claim: the UDP port of the same number, bound until the end
 *     strangers                                        asked once, by listening
 *
 * A TCP socket that is bound and does not listen does not claim the port: it refuses, but Node binds with SO_REUSEADDR, with which
 * another process may listen there. One UDP port has one holder, who takes no TCP connection.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Both are part of it. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Ports of 127.0.0.1 that nobody listens on, and that no other call gives out while this process lives. A client that
 * connects to one is refused until its user listens.
 *
 * @throws {Error} when none is free.
 * @example
 * const [http = 0, health = 0] = await freePorts(2);
 * console.log(`127.0.0.1:${http}`, `127.0.0.1:${health}`);
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  return Promise.all(Array.from({ length: count }, () => claimPort()));
}

/** The first of the candidates that is free and that no test has. @default from a random one on */
export async function claimPort(
  candidates: Iterable<number> = portsOf(rangeOutside(ephemeralRange())),
): Promise<number> {
  for (const port of candidates) if ((await isClaimed(port)) && (await isFree(port))) return port;
  throw new Error('no port of 127.0.0.1 is free for a test');
}

/** Below are the ports of well-known services. */
const FIRST = 10_000;
const LAST = 65_535;
/** Some times what all tests that run at the same time have. */
const ENOUGH = 4_000;

/** Where ports of tests come from: outside the ephemeral range, unless that leaves hardly any. */
export function rangeOutside(ephemeral: PortRange): PortRange {
  const below = { first: FIRST, last: ephemeral.first - 1 };
  const above = { first: ephemeral.last + 1, last: LAST };
  const all = { first: FIRST, last: LAST };
  return [below, above].find(({ first, last }) => last - first + 1 >= ENOUGH) ?? all;
}

/** What the kernel gives to connections; elsewhere than on Linux the range of RFC 6335. */
function ephemeralRange(): PortRange {
  try {
    const [first = '', last = ''] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(
      /\s+/,
    );
    return { first: Number(first), last: Number(last) };
  } catch {
    return { first: 49_152, last: 65_535 };
  }
}

/** Each once, from a random one on: processes that begin at the same place would try each other's claims. */
function* portsOf({ first, last }: PortRange): Generator<number> {
  const size = last - first + 1;
  const start = Math.floor(Math.random() * size);
  for (let index = 0; index < size; index += 1) yield first + ((start + index) % size);
}

/** Whether it is claimed now, and was not before. The claim keeps no process alive, and ends with it. */
async function isClaimed(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref().bind(port, '127.0.0.1');
  const isOurs = await isBound(socket);
  if (!isOurs) socket.close();
  return isOurs;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  const wasFree = await isBound(server);
  await new Promise((resolve) => server.close(resolve));
  return wasFree;
}

/** @throws {Error} when it cannot be bound for another reason than that somebody has the port. */
async function isBound(socket: NodeJS.EventEmitter): Promise<boolean> {
  try {
    await once(socket, 'listening');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
}
