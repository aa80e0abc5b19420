import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Batch } from './batch.ts';
import { answer, type Behaviour, isCommitting, perform } from './behaviour.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';
import { type RecordedRequest, recordRequest } from './recorded-request.ts';
import { type Certificate, createSelfSignedCertificate } from './self-signed-certificate.ts';
import { type Totals, totalsOf } from './totals.ts';
import { type WaitOptions, waitFor } from './wait-for.ts';

/** The receiver behind `startReceiver`: not listening until `listen`. */
export class FaultyReceiver implements Receiver {
  readonly requests: RecordedRequest[] = [];
  readonly batches: Batch[] = [];
  readonly malformed: string[] = [];
  readonly certificate?: string;
  connections = 0;
  maximumInFlight = 0;
  port = 0;
  readonly #server: Server;
  readonly #changes: EventEmitter = new EventEmitter().setMaxListeners(0);
  readonly #sockets: Set<Socket> = new Set();
  #inFlight = 0;
  #behaviour: Behaviour;
  #remaining = Number.POSITIVE_INFINITY;

  constructor(options: ReceiverOptions) {
    this.#behaviour = { kind: 'answer' };
    if (options.behaviour !== undefined) this.behave(options.behaviour);
    const certificate = options.tls === true ? createSelfSignedCertificate() : undefined;
    if (certificate !== undefined) this.certificate = certificate.cert;
    this.#server = this.#createServer(certificate);
    this.#server.on('connection', (socket: Socket) => this.#watch(socket));
  }

  get origin(): string {
    return `${this.certificate === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `${this.origin}/v1/metrics`;
  }

  statuses(): Record<string, number> {
    const statuses: Record<string, number> = {};
    for (const { status = 'none' } of this.requests) statuses[status] = (statuses[status] ?? 0) + 1;
    return statuses;
  }

  totals(): Totals {
    return totalsOf(this.batches);
  }

  behave(behaviour: Behaviour): void {
    const times = 'times' in behaviour ? behaviour.times : undefined;
    if (times !== undefined && !(Number.isInteger(times) && times > 0)) {
      throw new RangeError(`behaviour.times must be an integer of 1 or more, but is ${times}`);
    }
    this.#behaviour = behaviour;
    this.#remaining = times ?? Number.POSITIVE_INFINITY;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        this.port = addressOf(this.#server).port;
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    // Sockets, not `closeAllConnections`: that one does not know connections that are still in the TLS handshake.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#changes.emit('change');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.listen(this.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  waitFor(condition: () => boolean, options: Omit<WaitOptions, 'subscribe'>): Promise<void> {
    return waitFor(condition, {
      describe: () =>
        `statuses ${JSON.stringify(this.statuses())}, malformed ${JSON.stringify(this.malformed)}`,
      ...options,
      subscribe: (look) => {
        this.#changes.on('change', look);
        return () => this.#changes.off('change', look);
      },
    });
  }

  #createServer(certificate: Certificate | undefined): Server {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#handle(request, response);
    };
    return certificate === undefined ? createServer(handle) : createTlsServer(certificate, handle);
  }

  #watch(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    this.#changes.emit('change');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#inFlight += 1;
    this.maximumInFlight = Math.max(this.maximumInFlight, this.#inFlight);
    response.once('close', () => {
      this.#inFlight -= 1;
      this.#changes.emit('change');
    });
    const recorded = await recordRequest(request, response);
    // A client that died while sending has sent nothing.
    if (recorded === undefined) return;
    this.requests.push(recorded);
    this.#respond(recorded, response);
    this.#changes.emit('change');
  }

  #respond(request: RecordedRequest, response: ServerResponse): void {
    const { content } = request;
    if (content.kind === 'foreign') {
      answer(response, content.status, JSON.stringify({ message: content.reason }));
      return;
    }
    const behaviour = this.#nextBehaviour();
    if (content.kind === 'malformed' && isCommitting(behaviour)) {
      this.malformed.push(content.reason);
      answer(response, 400, JSON.stringify({ message: content.reason }));
      return;
    }
    if (content.kind === 'batches' && isCommitting(behaviour)) {
      const rejected = behaviour.kind === 'partial' ? behaviour.rejectedDataPoints : 0;
      this.batches.push(...withoutFirst(content.batches, rejected));
    }
    perform(behaviour, response);
  }

  #nextBehaviour(): Behaviour {
    const behaviour = this.#behaviour;
    this.#remaining -= 1;
    if (this.#remaining === 0) this.behave({ kind: 'answer' });
    return behaviour;
  }
}

function withoutFirst(batches: readonly Batch[], rejectedDataPoints: number): Batch[] {
  let rejected = rejectedDataPoints;
  return batches.map((batch) => {
    const points = batch.points.slice(rejected);
    rejected -= batch.points.length - points.length;
    return { ...batch, points };
  });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver listens on no port');
  return address;
}
