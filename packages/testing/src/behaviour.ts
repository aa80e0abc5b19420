import type { ServerResponse } from 'node:http';

/** What the receiver does with a request to /v1/metrics, once it has read all of it. */
export type Behaviour =
  /** Counts the batches and answers 200 `{}`, `delayMs` later. */
  | { readonly kind: 'answer'; readonly delayMs?: number }
  /** Never answers; counts nothing. */
  | { readonly kind: 'silent' }
  /** Answers this status; counts the batches only when it is 2xx. The first `times` requests only, then `answer`. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly times?: number;
    }
  /** 200 with a partial success: the first `rejectedDataPoints` points of the body are not counted. */
  | {
      readonly kind: 'partial';
      readonly rejectedDataPoints: number;
      readonly message: string;
      readonly times?: number;
    }
  /** Counts, answers 200 at once, then its body one byte every `byteEveryMs` (500) for more than half an hour. */
  | { readonly kind: 'drip'; readonly byteEveryMs?: number }
  /** Counts the batches, then destroys the connection without an answer. */
  | { readonly kind: 'commit-then-drop'; readonly times?: number }
  /** Destroys the connection without an answer; counts nothing. */
  | { readonly kind: 'drop'; readonly times?: number };

/** Whether the Collector would have taken the batches. */
export function isCommitting(behaviour: Behaviour): boolean {
  if (behaviour.kind === 'status') return behaviour.status >= 200 && behaviour.status < 300;
  return behaviour.kind !== 'silent' && behaviour.kind !== 'drop';
}

/** Does to the response what the behaviour says. */
export function perform(behaviour: Behaviour, response: ServerResponse): void {
  switch (behaviour.kind) {
    case 'answer':
      answerLater(response, behaviour.delayMs ?? 0);
      break;
    case 'silent':
      break;
    case 'status':
      answer(response, behaviour.status, behaviour.body ?? told(behaviour.status), behaviour.headers);
      break;
    case 'partial': {
      const { rejectedDataPoints, message } = behaviour;
      const partialSuccess = { rejectedDataPoints: String(rejectedDataPoints), errorMessage: message };
      answer(response, 200, JSON.stringify({ partialSuccess }));
      break;
    }
    case 'drip':
      drip(response, behaviour.byteEveryMs ?? 500);
      break;
    case 'commit-then-drop':
    case 'drop':
      response.socket?.destroy();
  }
}

/** Answers at once with a JSON body. */
export function answer(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}

function told(status: number): string {
  return JSON.stringify({ message: `the receiver was told to answer ${status}` });
}

function answerLater(response: ServerResponse, delayMs: number): void {
  if (delayMs === 0) {
    answer(response, 200, '{}');
    return;
  }
  const timer = setTimeout(() => answer(response, 200, '{}'), delayMs);
  response.once('close', () => clearTimeout(timer));
}

/** Blanks may stand before any JSON value: the answer is valid, it only never ends in a sensible time. */
const DRIP_BODY = `${' '.repeat(4_096)}{}`;

function drip(response: ServerResponse, byteEveryMs: number): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': DRIP_BODY.length });
  response.flushHeaders();
  let sent = 0;
  const timer = setInterval(() => {
    response.write(DRIP_BODY.charAt(sent));
    sent += 1;
    if (sent === DRIP_BODY.length) response.end();
  }, byteEveryMs);
  response.once('close', () => clearInterval(timer));
}
