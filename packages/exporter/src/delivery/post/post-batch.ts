/**
 * Posts one batch and says what became of it. The official transport hides the status of a 503, retries
 * for seconds on its own and waits for ever on a body that drips; a dying process needs the opposite: one
 * attempt, one deadline over everything, the answer as data. Endpoint, headers, TLS material and
 * compression still come from the official configuration, see `endpoint-configuration.ts`.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { endpointName } from '../../endpoint-name.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import { LONGEST_TIMER_MS } from '../longest-timer.ts';
import { judgeAnswer } from './judge-answer.ts';
import { readAnswer } from './read-answer.ts';
import { shortenDetail } from './shorten-detail.ts';

/** Where and how to post. */
export interface Endpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `gzipSync`, when bodies are to be compressed. */
  readonly gzip: ((body: Uint8Array) => Uint8Array) | undefined;
  readonly timeoutMs: number;
  readonly request: (
    url: string,
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => ClientRequest;
  readonly agent: RequestOptions['agent'];
}

/** How to post one batch. */
export interface PostOptions {
  /** The longest wait for everything, connecting included. @default `endpoint.timeoutMs` */
  readonly timeoutMs?: number;
  /**
   * Called once for each connection that is tried, when it stands and before a byte of the batch is handed to it: from
   * here on the batch may arrive. Must not throw.
   */
  readonly beforeSent?: () => void;
  /**
   * Whether to post once more over a new connection when one that was kept alive turns out to be closed. That is nearly
   * always a server that was just closing it, but it may have taken the batch before.
   * @default true
   */
  readonly mayRepeat?: boolean;
}

/** What one attempt came to. */
export type PostOutcome =
  | {
      readonly kind: 'delivered';
      /** The rest of the batch was taken. */
      readonly partial?: DeliveryFailure & { readonly kind: 'partial' };
      readonly dedupeWindowSeconds?: number;
    }
  | {
      readonly kind: 'failed';
      readonly failure: DeliveryFailure;
      /** In doubt: the whole batch left, and no answer said that it was not taken. */
      readonly isSentWhole: boolean;
      /** From the answer's header `ephemetry-dedupe`: for so long the receiver knows a batch again. */
      readonly dedupeWindowSeconds?: number;
    };

/** One attempt, again only over a connection that turned out to be closed. Never rejects; settles within the time-out. */
export function postBatch(
  endpoint: Endpoint,
  body: Uint8Array,
  options: PostOptions = {},
): Promise<PostOutcome> {
  return new Promise((resolve) => new Attempt(endpoint, body, options, resolve).post());
}

/** Owned by one call of {@link postBatch}. */
class Attempt {
  readonly #endpoint: Endpoint;
  readonly #name: string;
  readonly #body: Uint8Array;
  readonly #options: PostOptions;
  readonly #resolve: (outcome: PostOutcome) => void;
  readonly #deadline: NodeJS.Timeout;
  #request: ClientRequest | undefined;
  #isSentWhole = false;
  #isAnswered = false;
  #isSettled = false;

  constructor(
    endpoint: Endpoint,
    body: Uint8Array,
    options: PostOptions,
    resolve: (outcome: PostOutcome) => void,
  ) {
    this.#endpoint = endpoint;
    this.#name = endpointName(endpoint.url);
    this.#body = endpoint.gzip === undefined ? body : endpoint.gzip(body);
    this.#options = options;
    this.#resolve = resolve;
    const timeoutMs = options.timeoutMs ?? endpoint.timeoutMs;
    this.#deadline = setTimeout(() => this.#giveUp(timeoutMs), Math.min(timeoutMs, LONGEST_TIMER_MS));
  }

  /** A header with a line break or a certificate that is none is only found out here, by a throw. */
  post(): void {
    const { url, agent, request } = this.#endpoint;
    const options = { method: 'POST', headers: requestHeaders(this.#endpoint), agent };
    try {
      const posted = request(url, options, (response) => this.#read(response));
      this.#request = posted;
      posted.on('error', (error) => this.#onError(posted, error));
      posted.on('socket', (socket) => whenStanding(socket, () => this.#send(posted, socket)));
    } catch (error) {
      this.#fail(toFailure(this.#name, error));
    }
  }

  #send(posted: ClientRequest, socket: Socket): void {
    if (this.#isSettled || socket.destroyed) return;
    posted.once('finish', () => {
      this.#isSentWhole = true;
    });
    this.#options.beforeSent?.();
    posted.end(this.#body);
  }

  #read(response: IncomingMessage): void {
    this.#isAnswered = true;
    readAnswer(
      response,
      (text) => this.#settle(judgeAnswer(this.#name, response, text)),
      (error) => this.#fail(toFailure(this.#name, error)),
    );
  }

  #onError(posted: ClientRequest, error: Error): void {
    const isRepeated = posted.reusedSocket && isClosed(error) && this.#options.mayRepeat !== false;
    // Ends with the last connection that was kept alive: a new one is not reused.
    if (isRepeated && !this.#isAnswered && !this.#isSettled) this.post();
    else this.#fail(toFailure(this.#name, error));
  }

  #giveUp(timeoutMs: number): void {
    this.#fail({ kind: 'timeout', endpoint: this.#name, timeoutMs });
    this.#request?.destroy();
  }

  #fail(failure: DeliveryFailure): void {
    this.#settle({ kind: 'failed', failure, isSentWhole: this.#isSentWhole });
  }

  #settle(outcome: PostOutcome): void {
    this.#isSettled = true;
    clearTimeout(this.#deadline);
    this.#resolve(outcome);
  }
}

/** Calls back when bytes can be sent: at once on a connection that was kept alive, else after connecting and the TLS handshake. */
function whenStanding(socket: Socket, onStanding: () => void): void {
  const isShakingHands = 'secureConnecting' in socket && socket.secureConnecting === true;
  if (isShakingHands) socket.once('secureConnect', onStanding);
  else if (socket.connecting) socket.once('connect', onStanding);
  else onStanding();
}

/** A server may close a connection just when it is used again: that says nothing of the batch. */
function isClosed(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function requestHeaders(endpoint: Endpoint): Record<string, string> {
  return { ...endpoint.headers, ...(endpoint.gzip === undefined ? {} : { 'content-encoding': 'gzip' }) };
}

function toFailure(endpoint: string, thrown: unknown): DeliveryFailure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const detail = shortenDetail(
    code === '' || error.message.includes(code) ? error.message : `${code} ${error.message}`,
  );
  const isTls = /CERT|SSL|TLS|UNABLE_TO_|EPROTO/.test(code) && code !== 'ECONNRESET';
  return { kind: isTls ? 'tls' : 'unreachable', endpoint, detail };
}
