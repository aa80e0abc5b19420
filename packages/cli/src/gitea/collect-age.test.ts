/** What `/healthz` says of collects, by a clock that it is given. */
import type { RepositoryOutcome } from '@ephemetry/forge';
import { expect, test } from 'vitest';
import { CollectAge } from './collect-age.ts';

const COLLECTED: RepositoryOutcome = {
  ...{ kind: 'collected', name: 'team/app', isFirst: false, events: 0 },
  remarks: [],
};
const FAILED: RepositoryOutcome = { kind: 'failed', name: 'team/site', failure: { kind: 'not-found' } };

test('a forge that refuses everything is said after a minute and four intervals', () => {
  let nowMs = 0;
  const age = new CollectAge(10_000, () => nowMs);
  age.note([COLLECTED, FAILED]);
  nowMs = 100_000;
  age.note([FAILED]);
  expect(age.problem()).toBeUndefined();
  nowMs = 101_000;
  age.note([FAILED]);
  expect(age.problem()).toBe('nothing was collected for 101 s');
  age.note([FAILED, COLLECTED]);
  expect(age.problem()).toBeUndefined();
});
