/**
 * One round: every target is probed, and judged with what the witnesses of its network say.
 *
 *     probe all ─▶ ask the witnesses of those not heard ─▶ probe those again whose witness answers
 *                                                              └─▶ ask the witnesses of those not heard again ─▶ judge
 *
 * Witnesses are asked after the probes: a network that was cut in between is then seen to be cut. Who was not heard, also after
 * the connection, is probed once more when a witness answers: the network may have come back in between. So one cut, however
 * short, makes no target *down*; a network that is cut twice within a round may, when it is back each time that a witness is asked.
 */
import { type Judgement, judge, needsWitness, type Testimony, wasHeard } from '../judge/judge.ts';
import type { ProbeFacts } from '../probe/probe-facts.ts';
import { type ProbeOptions, probeTarget, TIMEOUT_MS } from '../probe/probe-target.ts';
import type { Network, Target } from '../target.ts';
import { askWitnesses } from './ask-witnesses.ts';
import { inParallel } from './in-parallel.ts';

/** One target after a round. */
export interface TargetReading {
  readonly target: Target;
  readonly facts: ProbeFacts;
  readonly judgement: Judgement;
}

/** One network after a round. */
export interface NetworkReading {
  readonly network: Network;
  /** Undefined when nothing shows it: no witness is declared, or none was or could be asked and no target was heard. */
  readonly isIsolated: boolean | undefined;
}

/** What a round found, in the order of the declarations. */
export interface RoundReport {
  readonly targets: readonly TargetReading[];
  readonly networks: readonly NetworkReading[];
}

/** What is probed, and how many at a time. */
export interface RoundOptions extends ProbeOptions {
  readonly targets: readonly Target[];
  readonly networks: readonly Network[];
  /** Probes over the network at the same time. @default 100 */
  readonly concurrency?: number;
  /** Commands at the same time: each is a process. @default 4 */
  readonly commandConcurrency?: number;
  /**
   * When the round should have ended, from its start: who is probed again gets the time that is left, at least one second
   * and at most its own time-out. @default no limit
   */
  readonly durationMs?: number;
}

/** Least time of a second probe: without one, a target that is silent for its whole time-out is never known to be *down*. */
const SECOND_PROBE_MS = 1_000;

interface Probed {
  readonly target: Target;
  readonly facts: ProbeFacts;
}

/**
 * Probes every target once. Never rejects.
 *
 * @example
 * ```ts
 * const probe = { kind: 'tcp', host: '127.0.0.1', port: 5432 } as const;
 * const { targets } = await runRound({ targets: [{ name: 'store', class: 'database', probe }], networks: [] });
 * targets[0]?.judgement; // { kind: 'judged', state: 'up', reason: '' }
 * ```
 */
export async function runRound(options: RoundOptions): Promise<RoundReport> {
  const nowMs = options.nowMs ?? (() => performance.now());
  const deadlineMs = nowMs() + (options.durationMs ?? Number.POSITIVE_INFINITY);
  const first = await probeAll(options.targets, options);
  const firstHeard = await hear(first, options);
  const isDoubtful = ({ target, facts }: Probed): boolean =>
    needsWitness(facts.finding) && firstHeard.get(target.network ?? '') === 'answers';
  const doubtful = first.filter(isDoubtful).map(({ target }) => target);
  const again = await probeAll(doubtful, options, ({ timeoutMs = TIMEOUT_MS }) =>
    Math.min(timeoutMs, Math.max(SECOND_PROBE_MS, deadlineMs - nowMs())),
  );
  const testimonies = new Map([...firstHeard, ...(await hear(again, options))]);
  const second = new Map(again.map((probed) => [probed.target, probed]));
  const targets = first.map((probed) => {
    const { target, facts } = second.get(probed.target) ?? probed;
    const testimony = testimonies.get(target.network ?? '') ?? 'undeclared';
    return { target, facts, judgement: judge(facts.finding, testimony) };
  });
  return { targets, networks: options.networks.map((network) => readNetwork(network, testimonies, targets)) };
}

/** @param timeoutOf is asked when a probe begins. @default the target's own */
async function probeAll(
  targets: readonly Target[],
  options: RoundOptions,
  timeoutOf: (target: Target) => number = ({ timeoutMs = TIMEOUT_MS }) => timeoutMs,
): Promise<readonly Probed[]> {
  const { concurrency = 100, commandConcurrency = 4 } = options;
  const probe = async (target: Target): Promise<Probed> => ({
    target,
    facts: await probeTarget({ ...target, timeoutMs: timeoutOf(target) }, options),
  });
  const isCommand = ({ probe }: Target): boolean => probe.kind === 'command';
  const [commands, others] = await Promise.all([
    inParallel(targets.filter(isCommand), commandConcurrency, probe),
    inParallel(
      targets.filter((target) => !isCommand(target)),
      concurrency,
      probe,
    ),
  ]);
  const probed = new Map([...commands, ...others].map((each) => [each.target, each]));
  return targets.flatMap((target) => probed.get(target) ?? []);
}

/** Asks the witnesses of each network of which a target needs them: once, however many need them. */
async function hear(
  probed: readonly Probed[],
  options: RoundOptions,
): Promise<ReadonlyMap<string, Testimony>> {
  const needed = new Set(
    probed.flatMap(({ target, facts }) => (needsWitness(facts.finding) ? (target.network ?? []) : [])),
  );
  const networks = options.networks.filter(({ name }) => needed.has(name));
  const heard = await Promise.all(
    networks.map(
      async (network): Promise<[string, Testimony]> => [network.name, await askWitnesses(network, options)],
    ),
  );
  return new Map(heard);
}

function readNetwork(
  network: Network,
  testimonies: ReadonlyMap<string, Testimony>,
  targets: readonly TargetReading[],
): NetworkReading {
  const testimony = testimonies.get(network.name);
  if (network.witnesses.length === 0) return { network, isIsolated: undefined };
  if (testimony === 'answers' || testimony === 'silent')
    return { network, isIsolated: testimony === 'silent' };
  const isHeard = targets.some(
    ({ target, facts }) => target.network === network.name && wasHeard(facts.finding),
  );
  return { network, isIsolated: isHeard ? false : undefined };
}
