/**
 * Facts as what gauges show: every label set, zeros and what is not known too, so that nothing of an older collect stays. All times
 * are held against the forge's clock at the last complete collect, so a repository that fails shows what was true then.
 */
import type { ForgeRepository } from '../forge-repository.ts';
import type { RepositoryFacts } from '../history/forge-history.ts';
import { dispatchOutcome } from './dispatch-outcome.ts';
import type { ItemFact } from './facts.ts';

/** The metrics that are gauges, by their keys in the contract. */
export const GAUGE_KEYS = [
  'openIssues',
  'openChanges',
  'openPipelineRuns',
  'resolvedIssues',
  'mergedChanges',
  'mergeMedian',
  'dispatches',
  'collectedTimestamp',
] as const;
export type GaugeKey = (typeof GAUGE_KEYS)[number];

/** One value; undefined is said too, so that no older one lasts. */
export interface GaugeReading {
  readonly key: GaugeKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | undefined;
}

/** A repository and what is known of it. */
export interface KnownRepository {
  readonly repository: ForgeRepository;
  readonly facts: RepositoryFacts;
}

const DAY_MS = 86_400_000;
const WINDOWS = { '1d': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS } as const;
/** As far back as any gauge looks. */
export const LONGEST_WINDOW_MS: number = WINDOWS['30d'];
const AGES = [
  ['day', DAY_MS],
  ['three_days', 3 * DAY_MS],
  ['week', 7 * DAY_MS],
  ['older', Number.POSITIVE_INFINITY],
] as const;
/** A median of fewer says nothing. */
const MEDIAN_LEAST = 3;

/** What the gauges show. Repositories that share a label are added up; of their collects the oldest is shown. */
export function gaugeReadings(repositories: readonly KnownRepository[]): readonly GaugeReading[] {
  const sums = new Map<string, GaugeReading>();
  for (const reading of repositories.flatMap(ofRepository)) {
    const id = JSON.stringify([reading.key, Object.entries(reading.labels)]);
    const before = sums.get(id)?.value;
    const add = reading.key === 'collectedTimestamp' ? Math.min : (a: number, b: number) => a + b;
    const value =
      before === undefined || reading.value === undefined ? undefined : add(before, reading.value);
    sums.set(id, { ...reading, value: value ?? before ?? reading.value });
  }
  return [...sums.values(), ...medians(repositories), ...dispatches(repositories)];
}

function ofRepository({ repository, facts }: KnownRepository): readonly GaugeReading[] {
  const label = repository.label ?? repository.name;
  const { hasIssues, hasChanges, hasRuns, forgeNowMs, collectedMs } = facts.repository;
  const issues = facts.items.filter(({ kind }) => kind === 'issue');
  const changes = facts.items.filter(({ kind }) => kind === 'change');
  return [
    ...known(hasIssues, openByAge('openIssues', label, issues, forgeNowMs)),
    ...known(hasIssues, resolved(label, issues, forgeNowMs)),
    ...known(hasChanges, openByAge('openChanges', label, changes, forgeNowMs)),
    ...known(hasChanges, merged(label, changes, forgeNowMs)),
    ...known(hasRuns, openRuns(label, facts)),
    { key: 'collectedTimestamp', labels: { repository: label }, value: collectedMs / 1000 },
  ];
}

function known(isKnown: boolean, readings: readonly GaugeReading[]): readonly GaugeReading[] {
  return isKnown ? readings : readings.map((reading) => ({ ...reading, value: undefined }));
}

function openByAge(
  key: 'openIssues' | 'openChanges',
  repository: string,
  items: readonly ItemFact[],
  nowMs: number,
): readonly GaugeReading[] {
  const ages = items.filter(({ isOpen }) => isOpen).map(({ createdMs }) => nowMs - createdMs);
  const ageOf = (ageMs: number): string => AGES.find(([, below]) => ageMs < below)?.[0] ?? 'older';
  return AGES.map(([age]) => ({
    key,
    labels: { repository, age },
    value: ages.filter((ageMs) => ageOf(ageMs) === age).length,
  }));
}

function resolved(repository: string, issues: readonly ItemFact[], nowMs: number): readonly GaugeReading[] {
  return Object.entries(WINDOWS).map(([window, windowMs]) => ({
    key: 'resolvedIssues',
    labels: { repository, window },
    value: issues.filter(({ isOpen, closedMs }) => !isOpen && isWithin(closedMs, windowMs, nowMs)).length,
  }));
}

function merged(repository: string, changes: readonly ItemFact[], nowMs: number): readonly GaugeReading[] {
  return Object.entries(WINDOWS).map(([window, windowMs]) => ({
    key: 'mergedChanges',
    labels: { repository, window },
    value: changes.filter(({ mergedMs }) => isWithin(mergedMs, windowMs, nowMs)).length,
  }));
}

function openRuns(repository: string, { runs }: RepositoryFacts): readonly GaugeReading[] {
  return (['pending', 'executing', 'unknown'] as const).map((state) => ({
    key: 'openPipelineRuns',
    labels: { repository, state },
    value: runs.filter((run) => run.state === state).length,
  }));
}

function medians(repositories: readonly KnownRepository[]): readonly GaugeReading[] {
  return (['7d', '30d'] as const).flatMap((window): readonly GaugeReading[] => {
    const seconds = repositories.flatMap(({ facts }) =>
      facts.items.flatMap(({ mergedMs, createdMs }) =>
        mergedMs !== undefined && isWithin(mergedMs, WINDOWS[window], facts.repository.forgeNowMs)
          ? [Math.max(0, mergedMs - createdMs) / 1000]
          : [],
      ),
    );
    const value = seconds.length < MEDIAN_LEAST ? undefined : median(seconds);
    return [{ key: 'mergeMedian', labels: { window }, value }];
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

/** Not known where no repository says how an issue is handed over. */
function dispatches(repositories: readonly KnownRepository[]): readonly GaugeReading[] {
  const declaring = repositories.filter(({ repository }) => repository.dispatch !== undefined);
  const outcomes = declaring.flatMap(({ repository, facts }) =>
    facts.items
      .filter(({ handedOverMs }) => isWithin(handedOverMs, WINDOWS['7d'], facts.repository.forgeNowMs))
      .map((item) => dispatchOutcome(item, repository.dispatch, facts.repository.forgeNowMs)),
  );
  const readings = (['success', 'failure', 'pending'] as const).map((outcome) => ({
    key: 'dispatches' as const,
    labels: { outcome },
    value: outcomes.filter((each) => each === outcome).length,
  }));
  return known(declaring.length > 0, readings);
}

/** What lies in the forge's future was written by a clock that was set back since. */
function isWithin(ms: number | undefined, windowMs: number, nowMs: number): boolean {
  return ms !== undefined && ms > nowMs - windowMs;
}
