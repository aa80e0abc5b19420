/**
 * Stands in for Amazon Managed Service for Prometheus: verifies Signature Version 4 for service `aps` and hands the
 * request to a real Prometheus. Its faults are those that AMP has.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { claimPort } from '../free-ports.ts';
import { type SignatureRule, verifySignature } from './verify-signature.ts';

/** What the stand-in does with the next requests. */
export type AmpBehaviour =
  /** Verifies, then hands over. */
  | { readonly kind: 'accept' }
  /** Answers this status and hands nothing over: 429 throttles, 503 is down. */
  | { readonly kind: 'status'; readonly status: number }
  /** Destroys every connection. */
  | { readonly kind: 'down' };

/** Where requests go, and whose signatures are valid. */
export interface AmpStandInOptions extends Omit<SignatureRule, 'service' | 'now'> {
  /** Remote-write URL of a real Prometheus. */
  readonly writeUrl: string;
}

/** A running stand-in. Disposing closes it. */
export interface AmpStandIn extends AsyncDisposable {
  /** What `AMP_REMOTE_WRITE_URL` is set to. */
  readonly remoteWriteUrl: string;
  /** Answers by their status; a destroyed connection counts as 0. */
  readonly answers: ReadonlyMap<number, number>;
  /** Why signatures were refused. */
  readonly refusals: readonly string[];
  behave(behaviour: AmpBehaviour): void;
  /** Other credentials are valid from now on. */
  trust(rule: Pick<SignatureRule, 'accessKeyId' | 'secretAccessKey'>): void;
}

/**
 * Starts a stand-in on a free port of 127.0.0.1.
 *
 * @example
 * import { equal } from 'node:assert/strict';
 * import { startAmpStandIn } from '@ephemetry/testing';
 *
 * const credentials = { region: 'eu-west-1', accessKeyId: 'a', secretAccessKey: 'b' };
 * await using amp = await startAmpStandIn({ writeUrl: 'http://127.0.0.1:9/api/v1/write', ...credentials });
 * const unsigned = await fetch(amp.remoteWriteUrl, { method: 'POST', body: '' });
 * equal(unsigned.status, 403);
 */
export async function startAmpStandIn(options: AmpStandInOptions): Promise<AmpStandIn> {
  const standIn = new SignedProxy(options);
  await standIn.listen(await claimPort());
  return standIn;
}

class SignedProxy implements AmpStandIn {
  readonly answers: Map<number, number> = new Map();
  readonly refusals: string[] = [];
  readonly #server: Server;
  readonly #writeUrl: string;
  #rule: SignatureRule;
  #behaviour: AmpBehaviour = { kind: 'accept' };

  constructor({ writeUrl, ...rule }: AmpStandInOptions) {
    this.#writeUrl = writeUrl;
    this.#rule = { ...rule, service: 'aps' };
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() =>
        this.#answer(response, 502, 'the Prometheus behind is gone'),
      );
    });
  }

  get remoteWriteUrl(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the stand-in does not listen');
    return `http://127.0.0.1:${address.port}/workspaces/ws-stand-in/api/v1/remote_write`;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
  }

  behave(behaviour: AmpBehaviour): void {
    this.#behaviour = behaviour;
  }

  trust(rule: Pick<SignatureRule, 'accessKeyId' | 'secretAccessKey'>): void {
    this.#rule = { ...this.#rule, ...rule };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const behaviour = this.#behaviour;
    if (behaviour.kind === 'down') {
      this.#count(0);
      request.socket.destroy();
      return;
    }
    const { method = '', url = '', headers } = request;
    const verdict = verifySignature({ method, target: url, headers, body }, this.#rule);
    if (verdict.kind === 'invalid') {
      this.refusals.push(`${verdict.fault}: ${verdict.detail}`);
      this.#answer(response, 403, verdict.fault);
    } else if (behaviour.kind === 'status') {
      this.#answer(response, behaviour.status, `told to answer ${behaviour.status}`);
    } else {
      await this.#handOver(request, body, response);
    }
  }

  async #handOver(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const names = ['content-type', 'content-encoding', 'x-prometheus-remote-write-version'];
    const headers = names.flatMap((name): [string, string][] => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    });
    const answer = await fetch(this.#writeUrl, { method: 'POST', headers, body });
    this.#answer(response, answer.status, await answer.text());
  }

  #answer(response: ServerResponse, status: number, message: string): void {
    this.#count(status);
    const body = status === 204 ? '' : JSON.stringify({ message });
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  }

  #count(status: number): void {
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
  }
}
