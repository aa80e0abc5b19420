/** The first two phases of a probe over the network: the name, and a connection to one of its addresses. */
import { connect, type Socket } from 'node:net';
import { type NameSources, resolveName } from '../name/resolve-name.ts';
import type { Finding } from './probe-facts.ts';
import type { ProbeRun } from './probe-run.ts';

/** A connection, or how the probe ended before there was one. */
export type Connected =
  | { readonly kind: 'connected'; readonly socket: Socket }
  | { readonly kind: 'ended'; readonly finding: Finding };

/** What a connection needs of this machine. */
export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly names?: NameSources | undefined;
}

/** Finds the name's addresses and connects to the first that accepts, one after the other. */
export async function connectTo(run: ProbeRun, { host, port, names }: ConnectOptions): Promise<Connected> {
  const resolved = run.start('resolve');
  const answer = await resolveName(host, run.signal, names);
  if (answer.kind === 'not_found') return ended({ kind: 'no_name', reason: answer.problem });
  if (answer.kind === 'failed') return ended({ kind: 'resolver_failed', reason: answer.problem });
  resolved();
  const connected = run.start('connect');
  const findings: Finding[] = [];
  for (const [index, address] of answer.addresses.entries()) {
    // Each address gets its share of what is left: a silent one must not hide the next.
    const shareMs = run.remainingMs() / (answer.addresses.length - index);
    const outcome = await connectOnce(run, address, port, shareMs);
    if (outcome.kind === 'ended') {
      findings.push(outcome.finding);
      continue;
    }
    connected();
    return outcome;
  }
  return ended(strongest(findings));
}

function connectOnce(run: ProbeRun, host: string, port: number, timeoutMs: number): Promise<Connected> {
  return new Promise((resolve) => {
    // Linux would give it up on its own, after two minutes.
    const socket = connect({ host, port, noDelay: true });
    run.holds(socket);
    // Whoever uses the socket next listens as well; between the two nobody may be missing.
    socket.on('error', () => {});
    const end = (finding: Finding): void => {
      settle();
      socket.destroy();
      resolve(ended(finding));
    };
    const onAbort = (): void =>
      end({ kind: 'no_connection', reason: 'nothing accepted the connection in time' });
    const timer = setTimeout(onAbort, timeoutMs);
    const onError = (error: NodeJS.ErrnoException): void => end(findingOf(error.code ?? 'an unknown cause'));
    const onConnect = (): void => {
      settle();
      resolve({ kind: 'connected', socket });
    };
    const settle = (): void => {
      clearTimeout(timer);
      run.signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('connect', onConnect);
    };
    socket.on('error', onError);
    socket.on('connect', onConnect);
    run.signal.addEventListener('abort', onAbort);
    if (run.signal.aborted) onAbort();
  });
}

const REFUSED = ['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE'];
const NO_ROUTE = [
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'ENONET',
  'EINVAL',
];

/** What the system says when a connection cannot be made. Everything unnamed is a matter of this machine, as EMFILE is. */
function findingOf(code: string): Finding {
  if (REFUSED.includes(code)) return { kind: 'refused', reason: `the connection was refused (${code})` };
  if (NO_ROUTE.includes(code)) return { kind: 'no_route', reason: `no route leads there (${code})` };
  if (code === 'ETIMEDOUT')
    return { kind: 'no_connection', reason: `nothing accepted the connection (${code})` };
  return { kind: 'unmeasured', reason: `this machine cannot connect (${code})` };
}

const STRENGTH: readonly Finding['kind'][] = ['refused', 'no_connection', 'no_route', 'unmeasured'];

/** Of several addresses the finding that says most of the target: that one refused counts more than that IPv6 leads nowhere. */
function strongest(findings: readonly Finding[]): Finding {
  for (const kind of STRENGTH) {
    const finding = findings.find((each) => each.kind === kind);
    if (finding !== undefined) return finding;
  }
  return { kind: 'no_name', reason: 'its name has no address' };
}

function ended(finding: Finding): Connected {
  return { kind: 'ended', finding };
}
