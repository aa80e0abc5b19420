import type { Testimony } from '../judge/judge.ts';
import { ProbeRun } from '../probe/probe-run.ts';
import { type ProbeOptions, probeTcp } from '../probe/probe-target.ts';
import type { Network, Witness } from '../target.ts';

/** A network whose witnesses need longer is as good as cut. */
const WITNESS_TIMEOUT_MS = 3_000;

/** Asks all witnesses of a network at once; the first answer ends it. To refuse a connection is an answer. */
export async function askWitnesses({ witnesses }: Network, options: ProbeOptions): Promise<Testimony> {
  if (witnesses.length === 0) return 'undeclared';
  const asked = witnesses.map((witness) => ask(witness, options));
  const isHeard = await Promise.any(asked).then(
    () => true,
    () => false,
  );
  return isHeard ? 'answers' : 'silent';
}

/** Rejects when it does not answer. */
async function ask(witness: Witness, options: ProbeOptions): Promise<void> {
  using run = new ProbeRun(WITNESS_TIMEOUT_MS, options.stop, options);
  const { kind } = await probeTcp(run, witness, options);
  if (kind !== 'answered' && kind !== 'refused') throw new Error('no answer');
}
