/**
 * Takes the notifications of Alertmanager, and keeps one issue for each group of alerts. It has no state of its own: what it
 * knows it reads from Gitea and Alertmanager, and whatever was begun when it was killed is ended by the next one.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { AlertReceiverOptions } from './alert-receiver-options.ts';
import { ACCEPTED, answerTo, type DeliveryAnswer, unauthorized, unavailable, unreadable } from './answer.ts';
import { Desk } from './desk.ts';
import { checkRights } from './gitea/check-rights.ts';
import { createGiteaClient } from './gitea/gitea-client.ts';
import { createIssueRepository } from './gitea/issue-repository.ts';
import { newsOf } from './life/news.ts';
import { readNotification } from './notification/notification.ts';
import { type AlertRecorder, createAlertRecorder } from './record/alert-recorder.ts';

/** Whether it can begin. */
export type Started =
  | { readonly kind: 'ready' }
  /** Somebody has to change something. */
  | { readonly kind: 'wrong'; readonly problem: string }
  /** Gitea is away: deliveries are refused until it is back. */
  | { readonly kind: 'away'; readonly problem: string };

/** Takes notifications. */
export interface AlertReceiver {
  /** Finds out what the token may do, and which issues there are. */
  start(): Promise<Started>;
  /** The answer to whoever may not deliver, before a body is read. */
  refusal(headers: IncomingHttpHeaders): DeliveryAnswer | undefined;
  /** Does what a notification means; resolves when Gitea has it, or at the latest after half a minute. */
  take(body: Uint8Array): Promise<DeliveryAnswer>;
  /** Holds the issues against Alertmanager's list: to be called at intervals, not before the last one ended. */
  tend(): Promise<void>;
  /** Why it does not do its work; undefined when it does. */
  problem(): string | undefined;
}

/** Alertmanager gives a delivery as long as its group_interval, and repeats it then. */
const ANSWER_LIMIT_MS = 30_000;
/** Of notifications that are worked on, those included whose answer was too late: a Gitea that hangs would have them grow for ever. */
const WAITING_LIMIT_BYTES = 32 * 1024 * 1024;
/** What each takes beside its text. */
const WAITING_BYTES = 64 * 1024;

/** Makes one. It asks nothing before it is started. */
export function createAlertReceiver(options: AlertReceiverOptions): AlertReceiver {
  let desk: Desk | undefined;
  let problem: string | undefined = 'it was not started';
  let waitingBytes = 0;
  /** What is given up after half a minute goes on, and counts until it ends. */
  const work = async (body: Uint8Array): Promise<DeliveryAnswer> => {
    const bytes = WAITING_BYTES + body.byteLength;
    if (waitingBytes + bytes > WAITING_LIMIT_BYTES)
      return unavailable('too many notifications wait for Gitea');
    waitingBytes += bytes;
    try {
      return await answerOf(options, desk, problem, body);
    } finally {
      waitingBytes -= bytes;
    }
  };
  const recorder = createAlertRecorder(options.meter, () => desk?.openIssues());
  const ask = createGiteaClient(options.server);
  const start = async (): Promise<Started> => {
    const rights = await checkRights(ask, options.repository, options.labels ?? []);
    if (rights.kind !== 'ready') {
      problem = rights.problem;
      return rights;
    }
    const { login, labelIds } = rights;
    const repository = createIssueRepository({ ask, repository: options.repository, login, labelIds });
    desk = new Desk(options, repository, recorder);
    problem = undefined;
    return { kind: 'ready' };
  };
  return {
    start,
    refusal: (headers) => counted(recorder, performance.now(), refusalOf(options, headers)),
    take: async (body) => {
      const startMs = performance.now();
      const answer = await withinLimit(work(body));
      return counted(recorder, startMs, answer);
    },
    tend: async () => {
      if (desk === undefined) {
        const started = await start();
        if (started.kind !== 'ready') options.onProblem(started.problem);
      }
      await desk?.tend();
    },
    problem: () => problem ?? desk?.problem(),
  };
}

function counted<Answer extends DeliveryAnswer | undefined>(
  recorder: AlertRecorder,
  startMs: number,
  answer: Answer,
): Answer {
  if (answer !== undefined) recorder.notification(answer.outcome, (performance.now() - startMs) / 1000);
  return answer;
}

async function answerOf(
  { source, issuesPerHour }: AlertReceiverOptions,
  desk: Desk | undefined,
  problem: string | undefined,
  body: Uint8Array,
): Promise<DeliveryAnswer> {
  const read = readNotification(body, source);
  if (read.kind === 'unreadable') return unreadable(read.problem);
  if (desk === undefined) return unavailable(problem ?? 'it was not started');
  const news = newsOf(read.notification);
  if (news === undefined) return ACCEPTED;
  return answerTo(await desk.keep(news), issuesPerHour);
}

function refusalOf(
  { webhookToken }: AlertReceiverOptions,
  { authorization = '' }: IncomingHttpHeaders,
): DeliveryAnswer | undefined {
  if (webhookToken === undefined) return undefined;
  let token: string;
  try {
    token = webhookToken();
  } catch {
    // Who delivers is not told which file.
    return unavailable('the token of the webhook cannot be read');
  }
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (given === '') return unauthorized('a bearer token is missing: http_config.authorization');
  return isSame(given, token)
    ? undefined
    : unauthorized('the bearer token is not the one of --webhook-token-file');
}

/** In constant time, whatever their lengths are. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** What takes longer goes on, and is found done when it is told again. */
async function withinLimit(answer: Promise<DeliveryAnswer>): Promise<DeliveryAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DeliveryAnswer>((resolve) => {
    const message = `Gitea took longer than ${ANSWER_LIMIT_MS / 1000} s`;
    timer = setTimeout(() => resolve(unavailable(message)), ANSWER_LIMIT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
