/**
 * Posts one batch and says what became of it. The official transport hides the status of a 503, retries
 * for seconds on its own and waits permanently for a body that drips; a dying process needs the opposite: one
 * attempt, one deadline over everything, the answer as data. The endpoint comes from `endpoint-configuration.ts`.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { endpointName } from '../../endpoint-name.ts';
import { monotonicMs } from '../../monotonic-clock.ts';
import type { DeliveryFailure } from '../../verdict.ts';
import { LONGEST_TIMER_MS } from '../longest-timer.ts';
import { NameSearch } from '../resolve/resolve-name.ts';
import type { Endpoint } from './endpoint.ts';
import { judgeAnswer } from './judge-answer.ts';
import { describeErrorLikeness, isUnreadableAnswer, wordsSaid } from './likeness.ts';
import type { PostOutcome } from './post-outcome.ts';
import { type Answer, cutAnswer, readAnswer } from './read-answer.ts';
import { safeDetail } from './safe-detail.ts';

/** How to post one batch. */
export interface PostOptions {
  /** The longest wait for everything, connecting included. @default `endpoint.timeoutMs` */
  readonly timeoutMs?: number;
  /**
   * Called once for each connection that is tried, when it stands and before a byte of the batch is handed to it: from
   * here on the batch may arrive. Returns false when it must not be sent any more. Must not throw.
   */
  readonly beforeSent?: () => boolean;
  /**
   * Whether to post once more over a new connection when one that was kept alive turns out to be closed. That is nearly
   * always a server that was just closing it, but it may have taken the batch before.
   * @default true
   */
  readonly mayRepeat?: boolean;
}

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
  readonly #body: Uint8Array;
  /** The body as it goes over the wire. */
  readonly #bytes: Uint8Array;
  readonly #options: PostOptions;
  readonly #resolve: (outcome: PostOutcome) => void;
  readonly #deadline: NodeJS.Timeout;
  readonly #search: NameSearch = new NameSearch();
  #request: ClientRequest | undefined;
  readonly #beganAtMs: number = monotonicMs();
  #isBegun = false;
  #isSentWhole = false;
  #response: IncomingMessage | undefined;
  #isSettled = false;

  constructor(
    endpoint: Endpoint,
    body: Uint8Array,
    options: PostOptions,
    resolve: (outcome: PostOutcome) => void,
  ) {
    this.#endpoint = endpoint;
    this.#body = body;
    this.#bytes = endpoint.gzip === undefined ? body : endpoint.gzip(body);
    this.#options = options;
    this.#resolve = resolve;
    const timeoutMs = options.timeoutMs ?? endpoint.timeoutMs;
    this.#deadline = setTimeout(() => this.#giveUp(timeoutMs), Math.min(timeoutMs, LONGEST_TIMER_MS));
    // Whoever waits keeps the process alive, the request itself does not.
    this.#deadline.unref();
  }

  /** A header with a line break or a certificate that is none is only found out here, by a throw. */
  post(): void {
    const { url, agent, request } = this.#endpoint;
    const { lookup } = this.#search;
    const options = { method: 'POST', headers: requestHeaders(this.#endpoint), agent, lookup };
    try {
      const posted = request(url, options, (response) => this.#read(response));
      this.#request = posted;
      posted.on('error', (error) => this.#onError(posted, error));
      posted.on('socket', (socket) => whenStanding(socket, () => this.#send(posted, socket)));
      // Without this listener the answer would go unnoticed.
      posted.on('upgrade', (response, socket) => {
        socket.destroy();
        this.#judge({ ...cutAnswer(response), problem: { detail: 'it changes the protocol' } });
      });
    } catch (error) {
      this.#failWith(error);
    }
  }

  #send(posted: ClientRequest, socket: Socket): void {
    if (this.#isSettled || socket.destroyed) return;
    if (this.#options.beforeSent?.() === false) {
      // By whoever ends: it says nothing of the endpoint.
      this.#fail(this.#timeout(Math.round(monotonicMs() - this.#beganAtMs)));
      posted.destroy();
      return;
    }
    this.#isBegun = true;
    posted.once('finish', () => {
      this.#isSentWhole = true;
    });
    posted.end(this.#bytes);
  }

  #read(response: IncomingMessage): void {
    this.#response = response;
    readAnswer(response, (answer) => this.#judge(answer));
  }

  #judge(answer: Answer): void {
    const sent = { body: this.#body, isWhole: this.#isSentWhole };
    try {
      this.#settle(judgeAnswer(this.#endpoint, answer, sent));
    } catch (error) {
      // A fault of ours. Thrown here, where an endpoint may say anything, it would end the host.
      this.#failWith(error);
    }
  }

  #onError(posted: ClientRequest, error: Error): void {
    // The end of an answer is told by the answer.
    if (this.#isSettled || this.#response !== undefined) return;
    // Ends with the last connection that was kept alive: a new one is not reused.
    if (posted.reusedSocket && isClosed(error) && this.#options.mayRepeat !== false) this.post();
    else if (this.#isBegun && !this.#isSentWhole && isClosed(error)) this.#breakOff(error);
    else this.#failWith(error);
  }

  #breakOff(error: Error): void {
    const endpoint = endpointName(this.#endpoint.url);
    const detail = `${error.message} in the middle of ${this.#bytes.length} bytes; check the limits of size on the way`;
    const failure = { kind: 'unreachable', endpoint, detail } as const;
    this.#settle({ kind: 'failed', failure, isSentWhole: false, isBrokenOff: true });
  }

  #giveUp(timeoutMs: number): void {
    if (this.#response !== undefined) this.#judge(cutAnswer(this.#response));
    else this.#fail(this.#timeout(timeoutMs));
    this.#request?.destroy();
  }

  #timeout(timeoutMs: number): DeliveryFailure {
    const stage = this.#isSentWhole ? {} : ({ stage: 'sending' } as const);
    return { kind: 'timeout', endpoint: endpointName(this.#endpoint.url), timeoutMs, ...stage };
  }

  #failWith(error: unknown): void {
    this.#fail(toFailure(this.#endpoint, error));
  }

  #fail(failure: DeliveryFailure): void {
    this.#settle({ kind: 'failed', failure, isSentWhole: this.#isSentWhole });
  }

  #settle(outcome: PostOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#deadline);
    this.#search.end();
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

function toFailure(endpoint: Endpoint, thrown: unknown): DeliveryFailure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const text = code === '' || error.message.includes(code) ? error.message : `${code} ${error.message}`;
  const likeness = describeErrorLikeness(error);
  const common = {
    endpoint: endpointName(endpoint.url),
    detail: [text, wordsSaid(error)]
      .map((said) => safeDetail(endpoint, said))
      .concat(likeness ?? [])
      .filter((part) => part !== '')
      .join('; '),
  };
  if (/CERT|SSL|TLS|UNABLE_TO_|EPROTO/.test(code) && code !== 'ECONNRESET') return { kind: 'tls', ...common };
  return { kind: 'unreachable', ...common, ...(isUnreadableAnswer(error) ? { isAnswered: true } : {}) };
}
