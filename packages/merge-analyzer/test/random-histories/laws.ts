/** What must hold of a history and of what the analyzer made of it. */
import { expect } from 'vitest';
import type { MetricsReport } from '../../src/commands/metrics-report.ts';
import type { MetricSnapshotEvent, RateReading, ThresholdCrossed } from '../../src/events/metric-events.ts';
import {
  type CommittedEvent,
  type CountedMerge,
  type ExpectedRates,
  expectItems,
  type Rules,
  recount,
} from './recount.ts';

/** What the analyzer wrote under one configuration version. */
export interface AnalyzerRecord {
  readonly snapshots: readonly MetricSnapshotEvent[];
  readonly crossings: readonly ThresholdCrossed[];
}

/** The record, the page and the recount agree on every merge, rate, state, crossing and event that is set aside. */
export function expectRecounted(
  committed: readonly CommittedEvent[],
  record: AnalyzerRecord,
  page: MetricsReport,
  rules: Rules,
): void {
  const merges = expectMerges(committed, record.snapshots, page);
  const { after, crossings } = recount(merges, rules);
  expect(record.snapshots.map(shownRates)).toEqual(after);
  expect(record.crossings.map(shownCrossing).toSorted()).toEqual(
    crossings
      .map((crossing) => {
        const { metric, scope, direction, numerator, denominator, previous, workItemId } = crossing;
        return [metric, scope, direction, numerator, denominator, previous, workItemId].join(' ');
      })
      .toSorted(),
  );
  const newest = after.at(-1);
  expect(page.merges).toBe(merges.length);
  expect(page.global.first_pass_merge_rate.fraction?.numerator ?? null).toBe(newest?.firstPass ?? null);
  expect(page.global.first_pass_merge_rate.state).toBe(newest?.firstPassState ?? 'unknown');
  expect(page.global.rebase_conflict_rate.fraction?.numerator ?? null).toBe(newest?.conflicts ?? null);
  expect(page.global.rebase_conflict_rate.state).toBe(newest?.conflictsState ?? 'unknown');
  expect(page.global.p95_attempts_to_merge.value).toBe(newest?.p95 ?? null);
}

/** Every work item that must count does, once, by its first event and with its facts; what is left out is named. */
function expectMerges(
  committed: readonly CommittedEvent[],
  snapshots: readonly MetricSnapshotEvent[],
  page: MetricsReport,
): readonly CountedMerge[] {
  const { items, unreadable } = expectItems(committed);
  expect(snapshots.map(({ merge }) => merge.ordinal)).toEqual(snapshots.map((_, index) => index + 1));
  const counted = new Map(snapshots.map(({ merge }) => [merge.work_item_id, merge]));
  expect(counted.size).toBe(snapshots.length);
  const aside = new Map<string, string>(unreadable.map((id) => [String(id), '']));
  const merges = new Map<string, CountedMerge>();
  for (const [workItemId, expected] of items) {
    const merge = counted.get(workItemId);
    const story = JSON.stringify(committed.filter((event) => event.workItemId === workItemId));
    if (expected.kind === 'aside' || (expected.kind === 'either' && merge === undefined)) {
      expect(merge, `${workItemId} is ${expected.kind}: ${story}`).toBeUndefined();
      aside.set(String(expected.eventId), expected.kind === 'aside' ? expected.reason : 'facts-unknown');
      continue;
    }
    const { attempts, verdict, project } = expected.facts;
    expect(merge, `${workItemId} counts: ${story}`).toMatchObject({
      event_id: String(expected.eventId),
      attempts,
      project,
      rebase_conflict: verdict === 'rebase_conflict',
    });
    merges.set(workItemId, { ...expected.facts, workItemId, eventId: String(expected.eventId) });
  }
  expect(merges.size, 'nothing else counts').toBe(snapshots.length);
  // What cannot be read of an item that is known already, counted or set aside, need not be named.
  const skippable = committed.filter(
    ({ id, workItemId }) =>
      unreadable.includes(id) &&
      committed.some((other) => other.workItemId === workItemId && other.id !== id && workItemId !== null),
  );
  const shown = new Set(page.quarantine.newest.map(({ eventId }) => eventId));
  const unseen = committed.filter(({ id }) => aside.has(String(id)) && !shown.has(String(id)));
  expect(page.quarantine.count).toBeLessThanOrEqual(aside.size);
  expect(page.quarantine.count, `not shown: ${JSON.stringify(unseen)}`).toBeGreaterThanOrEqual(
    aside.size - skippable.length,
  );
  for (const { eventId, reason } of page.quarantine.newest) {
    expect(aside.has(eventId), `event ${eventId} is set aside as ${reason}`).toBe(true);
    const expected = aside.get(eventId);
    if (expected !== '') expect(reason).toBe(expected);
  }
  return snapshots.flatMap(({ merge }) => merges.get(merge.work_item_id) ?? []);
}

/** What had committed before another transaction began comes before it. */
export function expectOrder(
  snapshots: readonly MetricSnapshotEvent[],
  times: ReadonlyMap<number, { readonly began: number; readonly committed: number }>,
): void {
  let latestBegin = { began: 0, event: 'none' };
  for (const { merge } of snapshots) {
    const time = times.get(Number(merge.event_id));
    if (time === undefined) continue;
    expect(
      time.committed > latestBegin.began,
      `event ${merge.event_id} had committed before the transaction of ${latestBegin.event} began, and counts after it`,
    ).toBe(true);
    if (time.began > latestBegin.began) latestBegin = { began: time.began, event: merge.event_id };
  }
}

function shownRates({ rates }: MetricSnapshotEvent): { readonly [Shown in keyof ExpectedRates]: unknown } {
  const { first_pass_merge_rate, rebase_conflict_rate, p95_attempts_to_merge } = rates;
  const numerator = (reading: RateReading | undefined): number | null => reading?.fraction?.numerator ?? null;
  return {
    firstPass: numerator(first_pass_merge_rate.global),
    firstPassState: first_pass_merge_rate.global.state,
    conflicts: numerator(rebase_conflict_rate.global),
    conflictsState: rebase_conflict_rate.global.state,
    p95: p95_attempts_to_merge.global.value,
    projectConflicts: numerator(rebase_conflict_rate.project),
    projectConflictsState: rebase_conflict_rate.project?.state,
    source: rebase_conflict_rate.project?.source,
    projectP95: p95_attempts_to_merge.project?.value,
  };
}

function shownCrossing(crossing: ThresholdCrossed): string {
  const { metric, scope, direction, fraction, previous_state, work_item_id } = crossing;
  return [
    metric,
    scope,
    direction,
    fraction.numerator,
    fraction.denominator,
    previous_state,
    work_item_id,
  ].join(' ');
}
