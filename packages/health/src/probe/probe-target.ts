import type { Target, TlsProbe } from '../target.ts';
import { connectTo } from './connect.ts';
import { probeCommand } from './probe-command.ts';
import type { Finding, ProbeFacts } from './probe-facts.ts';
import { type ProbePlace, probeHttp } from './probe-http.ts';
import { type ProbeClocks, ProbeRun } from './probe-run.ts';
import { readAuthorities } from './read-authorities.ts';
import { shakeHands } from './shake-hands.ts';

/** Where a probe takes place, and what stops it before its deadline. */
export interface ProbeOptions extends ProbePlace, ProbeClocks {
  readonly stop?: AbortSignal | undefined;
}

/** What holds for a target that says nothing else. */
export const TIMEOUT_MS = 5_000;

/** Probes one target. Ends by its deadline, never rejects. */
export async function probeTarget(target: Target, options: ProbeOptions = {}): Promise<ProbeFacts> {
  using run = new ProbeRun(target.timeoutMs ?? TIMEOUT_MS, options.stop, options);
  try {
    return run.facts(await find(run, target, options));
  } catch (error) {
    // Node refuses what no wire can carry, such as a line break in a header. Its message may quote it.
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return run.facts({ kind: 'unmeasured', reason: `the probe cannot be made${code}` });
  }
}

function find(run: ProbeRun, { probe }: Target, place: ProbePlace): Promise<Finding> {
  switch (probe.kind) {
    case 'http':
      return probeHttp(run, probe, place);
    case 'tls':
      return probeTls(run, probe, place);
    case 'tcp':
      return probeTcp(run, probe, place);
    case 'command':
      return probeCommand(run, probe, place.env ?? process.env);
  }
}

/** Also what a witness is asked. */
export async function probeTcp(
  run: ProbeRun,
  { host, port }: { readonly host: string; readonly port: number },
  { names }: ProbePlace,
): Promise<Finding> {
  const connected = await connectTo(run, { host, port, names });
  if (connected.kind === 'ended') return connected.finding;
  connected.socket.destroy();
  return { kind: 'answered' };
}

async function probeTls(run: ProbeRun, probe: TlsProbe, { names, env }: ProbePlace): Promise<Finding> {
  const { host, port, serverName = host } = probe;
  const authorities = probe.authorities === undefined ? undefined : readAuthorities(probe.authorities, env);
  if (authorities?.kind === 'missing') return { kind: 'unmeasured', reason: authorities.problem };
  const connected = await connectTo(run, { host, port, names });
  if (connected.kind === 'ended') return connected.finding;
  const secured = await shakeHands(run, connected.socket, { serverName, authorities: authorities?.text });
  if (secured.kind === 'ended') return secured.finding;
  secured.socket.destroy();
  return { kind: 'answered' };
}
