/** When a hint is shown: conditions over the facts of a cluster, each with the evidence that it shows. */
import { rankIn, sortedValues } from '../comparison/sorted-values.ts';
import type { AgentRun } from '../facts/agent-run.ts';
import { type ClusterFacts, countValues, placesOf } from './cluster-facts.ts';

/** A condition as data; {@link evidenceOf} tells whether it holds. */
export type Condition =
  /** One value stands in a place of the message in this share of the runs. */
  | { readonly kind: 'one_value'; readonly share: number }
  /** Calls that succeeded come near to where the others ended, or do not. */
  | { readonly kind: 'near_limit' }
  | { readonly kind: 'far_from_limit' }
  /** The retrieval found nothing. */
  | { readonly kind: 'no_documents'; readonly share: number }
  /** The same tool succeeded later in this share of the runs, or did not. */
  | { readonly kind: 'recovers'; readonly share: number }
  | { readonly kind: 'stays'; readonly share: number }
  /** Runs of one value have it, and those of others hardly ever. */
  | { readonly kind: 'mostly_one'; readonly of: 'scenario' | 'model' | 'group' }
  /** Its code or its message has one of these words. */
  | { readonly kind: 'says'; readonly words: readonly string[] }
  /** It has neither a message nor a code. */
  | { readonly kind: 'says_nothing' }
  /** This share of all runs has it. */
  | { readonly kind: 'often'; readonly share: number }
  /** Affected runs are larger than the others of their scenarios. */
  | { readonly kind: 'larger'; readonly of: 'tokens' | 'steps'; readonly times: number }
  /** So many runs have it. */
  | { readonly kind: 'seen'; readonly runs: number };

/** Fewer runs show nothing. */
const RUNS_NEEDED = 3;
/** Calls that come this near to a limit are likely to cross it. */
const NEAR = 0.5;
const MOSTLY = 0.8;

/** A sentence that shows the condition; undefined where it does not hold, or where too little is known. */
export function evidenceOf(condition: Condition, facts: ClusterFacts): string | undefined {
  if (facts.affected.length < RUNS_NEEDED) return undefined;
  switch (condition.kind) {
    case 'one_value':
      return oneValue(facts, condition.share);
    case 'near_limit':
      return limitOf(facts, (share) => share >= NEAR);
    case 'far_from_limit':
      return limitOf(facts, (share) => share < NEAR);
    case 'no_documents':
      return inMost(facts, condition.share, 'the retrieval found no document', (each) =>
        each.failures.some(({ documents }) => documents === 0),
      );
    case 'recovers':
      return inMost(facts, condition.share, 'the same tool succeeded later', isRecovered);
    case 'stays':
      return inMost(
        facts,
        condition.share,
        'the tool did not succeed after it',
        (each) => !isRecovered(each),
      );
    case 'mostly_one':
      return mostlyOne(facts, condition.of);
    case 'says':
      return says(facts, condition.words);
    case 'says_nothing':
      return facts.failure.template === '' && facts.failure.code === undefined
        ? `${ofRuns(facts.affected.length)} say neither a code nor a message`
        : undefined;
    case 'often':
      return facts.affected.length >= condition.share * facts.runs.length ? seen(facts) : undefined;
    case 'larger':
      return larger(facts, condition.of, condition.times);
    case 'seen':
      return facts.affected.length >= condition.runs ? seen(facts) : undefined;
  }
}

/** A condition in words, for pages. */
export function describeCondition(condition: Condition): string {
  const percent = (share: number): string => `${Math.round(100 * share)} % of its runs or more`;
  switch (condition.kind) {
    case 'one_value':
      return `one value stands in the same place of the message in ${percent(condition.share)}`;
    case 'near_limit':
      return `calls that succeed take ${100 * NEAR} % or more of the time after which others fail (95 of 100 runs)`;
    case 'far_from_limit':
      return `calls that succeed take less than ${100 * NEAR} % of the time after which others fail (95 of 100 runs)`;
    case 'no_documents':
      return `the retrieval found no document in ${percent(condition.share)}`;
    case 'recovers':
      return `the same tool succeeded later in ${percent(condition.share)}`;
    case 'stays':
      return `the same tool did not succeed afterwards in ${percent(condition.share)}`;
    case 'mostly_one':
      return `${percent(MOSTLY)} are of one ${condition.of}, and less than half of all runs are`;
    case 'says':
      return `its code or message has ${condition.words.length === 1 ? '' : 'one of '}${condition.words.map((each) => `"${each}"`).join(', ')}`;
    case 'says_nothing':
      return 'it has neither a code nor a message';
    case 'often':
      return `${Math.round(100 * condition.share)} % of all runs or more have it`;
    case 'larger':
      return `its runs have ${condition.times} times as many ${condition.of} as the others, or more (medians)`;
    case 'seen':
      return `${condition.runs} runs or more have it`;
  }
}

type Affected = ClusterFacts['affected'][number];

function isRecovered({ failures }: Affected): boolean {
  return failures.at(-1)?.isRecovered === true;
}

function ofRuns(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`;
}

function seen({ affected, runs }: ClusterFacts): string {
  return `${affected.length} of ${ofRuns(runs.length)} have it`;
}

function inMost(
  { affected, failure }: ClusterFacts,
  share: number,
  what: string,
  is: (each: Affected) => boolean,
): string | undefined {
  // Whether a step was made up for is known of tools alone.
  if (failure.place === undefined) return undefined;
  const count = affected.filter(is).length;
  return count >= share * affected.length
    ? `in ${count} of its ${ofRuns(affected.length)} ${what}`
    : undefined;
}

/** A count in a message, such as that of the mistakes, is no value that somebody gave. */
const COUNT = /^\d+$/;

function oneValue({ affected, failure }: ClusterFacts, share: number): string | undefined {
  const places = Array.from({ length: placesOf(affected) }, (_, place) => {
    const values = affected.map(({ failures }) => failures.flatMap((each) => each.values[place] ?? []));
    const [most] = countValues(values.map((each) => each.filter((value) => !COUNT.test(value))));
    return { place: place + 1, most };
  });
  for (const { place, most } of places) {
    if (most === undefined || most.runs < share * affected.length) continue;
    const where = places.length > 1 ? `, in place ${place} of "${failure.template}"` : '';
    return `"${most.value}" in ${most.runs} of its ${ofRuns(affected.length)}${where}`;
  }
  return undefined;
}

/** How near the slowest calls that succeeded come to where the others ended. */
function limitOf(
  { affected, runs, failure }: ClusterFacts,
  isSo: (share: number) => boolean,
): string | undefined {
  const { place } = failure;
  if (place === undefined) return undefined;
  const ended = affected.flatMap(({ failures }) => failures.flatMap(({ durationMs }) => durationMs ?? []));
  const succeeded = runs.flatMap(({ tools }) => tools.get(place)?.slowestOkMs ?? []);
  if (ended.length < RUNS_NEEDED || succeeded.length < RUNS_NEEDED) return undefined;
  const limitMs = rank(ended, 50);
  const slowMs = rank(succeeded, 95);
  if (limitMs === 0 || !isSo(slowMs / limitMs)) return undefined;
  return `calls that fail end after ${seconds(limitMs)}; of those that succeed 95 of 100 runs take up to ${seconds(slowMs)}`;
}

function mostlyOne({ affected, runs }: ClusterFacts, of: 'scenario' | 'model' | 'group'): string | undefined {
  const valuesIn = (run: AgentRun): readonly string[] => (run[of] === undefined ? [] : [run[of]]);
  const [most] = countValues(affected.map(({ run }) => valuesIn(run)));
  if (most === undefined || most.runs < MOSTLY * affected.length) return undefined;
  const all = runs.filter((run) => run[of] === most.value).length;
  if (2 * all >= runs.length) return undefined;
  return `${most.runs} of its ${ofRuns(affected.length)} are of ${of} "${most.value}", which has ${all} of all ${runs.length}`;
}

function says({ failure }: ClusterFacts, words: readonly string[]): string | undefined {
  const said = `${failure.code ?? ''} ${failure.template}`.toLowerCase();
  const found = words.find((each) => said.includes(each));
  return found === undefined ? undefined : `it says "${found}"`;
}

function larger({ affected, runs }: ClusterFacts, of: 'tokens' | 'steps', times: number): string | undefined {
  const sizeOf = (run: AgentRun): readonly number[] =>
    of === 'steps' ? [run.steps.length] : run.tokens === undefined ? [] : [run.tokens];
  const having = new Set(affected.map(({ run }) => run));
  const sizes = affected.flatMap(({ run }) => sizeOf(run));
  const others = runs.filter((run) => !having.has(run)).flatMap(sizeOf);
  if (sizes.length < RUNS_NEEDED || others.length < RUNS_NEEDED) return undefined;
  const [own, other] = [rank(sizes, 50), rank(others, 50)];
  return own >= times * other && other > 0
    ? `its runs have ${Math.round(own)} ${of}, the others ${Math.round(other)} (medians)`
    : undefined;
}

function rank(values: readonly number[], percent: number): number {
  return rankIn(sortedValues(values), percent);
}

function seconds(ms: number): string {
  return ms >= 1000 ? `${Number((ms / 1000).toPrecision(3))} s` : `${Math.round(ms)} ms`;
}
