/** The probe of a web server, redirects included. */
import type { NameSources } from '../name/resolve-name.ts';
import { type ReadSecret, readSecret } from '../secret-text.ts';
import type { HttpProbe } from '../target.ts';
import { connectTo } from './connect.ts';
import { exchange } from './exchange.ts';
import { answerFault, expectsBody, isExpectedStatus } from './http-expectation.ts';
import { firstRequest, type HttpRequest, isRedirect, REDIRECT_LIMIT, redirected } from './http-request.ts';
import type { Finding } from './probe-facts.ts';
import type { ProbeRun } from './probe-run.ts';
import { readAuthorities } from './read-authorities.ts';
import { shakeHands } from './shake-hands.ts';

/** What the probe takes from this machine. */
export interface ProbePlace {
  readonly names?: NameSources | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

const BODY_LIMIT_BYTES = 1024 * 1024;

/** Asks, follows redirects as far as they are allowed, and holds the last answer against what is expected. */
export async function probeHttp(run: ProbeRun, probe: HttpProbe, place: ProbePlace): Promise<Finding> {
  const prepared = prepare(probe, place.env);
  if (prepared.kind === 'unmeasured') return prepared;
  const expectation = probe.expect ?? {};
  const options = {
    bodyLimitBytes: probe.bodyLimitBytes ?? BODY_LIMIT_BYTES,
    needsBody: expectsBody(expectation),
  };
  let { request } = prepared;
  for (let redirects = 0; redirects <= REDIRECT_LIMIT; redirects += 1) {
    const opened = await open(run, request.url, prepared.authorities, place.names);
    if (opened.kind === 'ended') return opened.finding;
    const exchanged = await exchange(run, opened.socket, request, options);
    if (exchanged.kind === 'ended') return exchanged.finding;
    const { answer, location } = exchanged;
    const isFinal = isExpectedStatus(answer.status, expectation) || probe.redirects === 'none';
    if (isFinal || !isRedirect(answer.status, location)) {
      const fault = answerFault(answer, expectation);
      return fault === undefined ? { kind: 'answered' } : { kind: 'wrong', reason: fault };
    }
    const next = redirected(request, answer.status, location, probe.redirects ?? 'same_origin');
    if (next.kind === 'refused') return { kind: 'wrong', reason: next.reason };
    request = next.request;
  }
  return { kind: 'wrong', reason: `it redirects more than ${REDIRECT_LIMIT} times` };
}

type Prepared =
  | { readonly kind: 'prepared'; readonly request: HttpRequest; readonly authorities: string | undefined }
  | { readonly kind: 'unmeasured'; readonly reason: string };

/** Reads what is secret. What cannot be read, or cannot be sent, is no fault of the target. */
function prepare(probe: HttpProbe, env: NodeJS.ProcessEnv | undefined): Prepared {
  const problems: string[] = [];
  const taken = (outcome: ReadSecret): string => {
    if (outcome.kind === 'missing') problems.push(outcome.problem);
    return outcome.kind === 'read' ? outcome.text : '';
  };
  const headers = Object.fromEntries(
    Object.entries(probe.headers ?? {}).map(([name, secret]) => [name, taken(readSecret(secret, env))]),
  );
  const body = probe.body === undefined ? undefined : taken(readSecret(probe.body, env));
  const authorities =
    probe.authorities === undefined ? undefined : taken(readAuthorities(probe.authorities, env));
  const url = taken(readSecret(probe.url, env));
  const [problem] = problems;
  if (problem !== undefined) return { kind: 'unmeasured', reason: problem };
  const first = firstRequest(url, probe.method ?? 'GET', headers, body);
  if (first.kind === 'refused') return { kind: 'unmeasured', reason: first.reason };
  return { kind: 'prepared', request: first.request, authorities };
}

async function open(
  run: ProbeRun,
  url: URL,
  authorities: string | undefined,
  names: NameSources | undefined,
): Promise<Awaited<ReturnType<typeof connectTo>>> {
  const isSecure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const connected = await connectTo(run, { host, port, names });
  if (connected.kind === 'ended' || !isSecure) return connected;
  const secured = await shakeHands(run, connected.socket, { serverName: host, authorities });
  return secured.kind === 'ended' ? secured : { kind: 'connected', socket: secured.socket };
}
