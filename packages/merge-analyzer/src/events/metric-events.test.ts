import { expect, test } from 'vitest';
import { DEFAULT_CONFIGURATION, ratesOf } from '../fold/configuration.ts';
import { foldMerge } from '../fold/fold-merge.ts';
import type { Merge } from '../fold/merge.ts';
import { EMPTY_STATE, foldMerges } from '../fold/merge-state.ts';
import { EMPTY_SCOPE } from '../fold/scope-state.ts';
import { metricSnapshot } from './metric-events.ts';

const MERGE: Merge = {
  ordinal: 1,
  eventId: '1',
  workItemId: 'w1',
  project: 'payments',
  attempts: 1,
  isRebaseConflict: false,
  mergedAt: '2026-01-31T12:00:00.000000Z',
};

/** @see https://www.postgresql.org/docs/current/datatype-json.html: lengths first, then bytes */
function inOrderOfJsonb(keys: readonly string[]): readonly string[] {
  return keys.toSorted((left, right) => left.length - right.length || (left < right ? -1 : 1));
}

function keysOfObjects(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return [Object.keys(value), ...Object.values(value).flatMap(keysOfObjects)];
}

test.each([0, 200])('writes a snapshot’s keys as jsonb keeps them, after %i merges', (before) => {
  const { state } = foldMerges(
    EMPTY_STATE,
    Array.from({ length: before }, (_, index) => ({ ...MERGE, ordinal: index + 1 })),
    DEFAULT_CONFIGURATION,
  );
  const scopes = { global: state.global, project: state.projects.get('payments') ?? EMPTY_SCOPE };
  const merge = { ...MERGE, ordinal: before + 1 };
  const snapshot = metricSnapshot(
    merge,
    foldMerge(scopes, merge, ratesOf(DEFAULT_CONFIGURATION)),
    DEFAULT_CONFIGURATION,
  );
  for (const keys of keysOfObjects(snapshot)) expect(keys).toEqual(inOrderOfJsonb(keys));
});
