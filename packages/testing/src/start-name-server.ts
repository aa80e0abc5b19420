import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

/** What a name server knows: addresses by full name. A name without addresses exists, every other one does not. */
export type Names = Readonly<Record<string, readonly string[]>>;

/** How a name server answers. */
export interface NameServerOptions {
  /** @default nothing */
  readonly names?: Names;
  /** @default 0 */
  readonly delayMs?: number;
  /** Takes questions and never answers. `AAAA`: those for IPv6 addresses only. @default false */
  readonly isSilent?: boolean | 'AAAA';
  /** Answers every question with this response code (RFC 1035, 4.1.1). @default none */
  readonly failure?: keyof typeof FAILURES;
  /** @default '127.0.0.1' */
  readonly address?: string;
  /** @default any free one */
  readonly port?: number;
}

/** A running name server. */
export interface NameServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** `A collector.test`, in order of arrival. */
  readonly questions: readonly string[];
  stop(): Promise<void>;
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' };
const NO_SUCH_NAME = 3;
const FAILURES = { SERVFAIL: 2, REFUSED: 5 } as const;

/**
 * Starts a real name server over UDP.
 *
 * @throws {Error} when the port is taken.
 * @example
 * import { deepEqual } from 'node:assert/strict';
 * import { promises } from 'node:dns';
 * import { startNameServer } from '@ephemetry/testing';
 *
 * await using server = await startNameServer({ names: { 'collector.test': ['127.0.0.9'] } });
 * const resolver = new promises.Resolver();
 * resolver.setServers([`127.0.0.1:${server.port}`]);
 * deepEqual(await resolver.resolve4('collector.test'), ['127.0.0.9']);
 */
export async function startNameServer(options: NameServerOptions = {}): Promise<NameServer> {
  const { names = {}, delayMs = 0, isSilent = false, failure, address = '127.0.0.1', port = 0 } = options;
  const questions: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const { name, type, end } = readQuestion(message);
    questions.push(`${type} ${name}`);
    if (isSilent === true || isSilent === type) return;
    const answer = answerTo(
      message.subarray(0, end),
      type,
      failure === undefined ? names[name] : FAILURES[failure],
    );
    const timer = setTimeout(() => {
      timers.delete(timer);
      socket.send(answer, from.port, from.address);
    }, delayMs);
    timers.add(timer);
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  const stop = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  };
  return { address, port: socket.address().port, questions, stop, [Symbol.asyncDispose]: stop };
}

/** RFC 1035, 4.1.2. */
function readQuestion(message: Buffer): { name: string; type: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  const type = message.readUInt16BE(at + 1);
  return { name: labels.join('.'), type: TYPES[type] ?? String(type), end: at + 5 };
}

/** @param known the addresses of the name, or why the question fails */
function answerTo(question: Buffer, type: string, known: readonly string[] | number = NO_SUCH_NAME): Buffer {
  const records = (typeof known === 'number' ? [] : known)
    .filter((address) => (isIPv4(address) ? 'A' : 'AAAA') === type)
    .map((address) => recordOf(address));
  const head = Buffer.from(question);
  // An answer, recursion available.
  head.writeUInt16BE(0x8180 + (typeof known === 'number' ? known : 0), 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records]);
}

/** The name is that of the question, at byte 12. IPv6 addresses are written in full. */
function recordOf(address: string): Buffer {
  const data = isIPv4(address)
    ? Buffer.from(address.split('.').map(Number))
    : Buffer.from(
        address
          .split(':')
          .map((part) => part.padStart(4, '0'))
          .join(''),
        'hex',
      );
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(data.length === 4 ? 1 : 28, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
