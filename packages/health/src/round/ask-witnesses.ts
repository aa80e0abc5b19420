import type { Testimony } from '../judge/judge.ts';
import { ProbeRun } from '../probe/probe-run.ts';
import { type ProbeOptions, probeTcp } from '../probe/probe-target.ts';
import type { Network, Witness } from '../target.ts';

/** A network whose witnesses need longer is as good as cut. */
const WITNESS_TIMEOUT_MS = 3_000;

/**
 * Asks all witnesses of a network at once; the first answer ends it. To refuse a connection is an answer. One that could not be
 * asked might have answered: then nobody knows whether the network is up.
 */
export async function askWitnesses({ witnesses }: Network, options: ProbeOptions): Promise<Testimony> {
  if (witnesses.length === 0) return 'undeclared';
  let isOneUnasked = false;
  const asked = witnesses.map(async (witness) => {
    const testimony = await ask(witness, options);
    isOneUnasked ||= testimony === 'unasked';
    if (testimony !== 'answers') throw new Error('no answer');
  });
  const isHeard = await Promise.any(asked).then(
    () => true,
    () => false,
  );
  if (isHeard) return 'answers';
  return isOneUnasked ? 'unasked' : 'silent';
}

async function ask(witness: Witness, options: ProbeOptions): Promise<Testimony> {
  using run = new ProbeRun(WITNESS_TIMEOUT_MS, options.stop, options);
  const { finding } = run.facts(await probeTcp(run, witness, options));
  if (finding.kind === 'answered' || finding.kind === 'refused') return 'answers';
  return finding.kind === 'unmeasured' ? 'unasked' : 'silent';
}
