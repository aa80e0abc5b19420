import { expect, test } from 'vitest';
import { EMPTY_RUN, simulateRuns } from '../fixtures/simulated-runs.ts';
import { calibrateRuns } from './calibrate-runs.ts';

const { baseline } = simulateRuns({ seed: 11, scenarios: 20, models: 2, tools: 4, repeats: 4 });

test('halves of one baseline rarely call each other degraded, and the answer is the same in any order', () => {
  const calibration = calibrateRuns(baseline, {}, 40);
  expect(calibration).toMatchObject({ repetitions: 40, untested: 0 });
  expect(calibration.degraded).toBeLessThanOrEqual(5);
  expect(calibration.interval.low).toBeLessThan(0.05);
  expect(calibrateRuns(baseline.toReversed(), {}, 40)).toEqual(calibration);
});

/** 40 runs of one scenario: only halves of one size have 20 each. */
const forty = Array.from({ length: 40 }, (_, index) => ({
  ...EMPTY_RUN,
  runId: `run-${index}`,
  scenario: 's',
  success: index % 2 === 0,
}));

test('halves are of one size', () => {
  expect(calibrateRuns(forty, { gates: ['success'], by: [] }, 20).untested).toBe(0);
});

test('that every run has an end is no test of the runs', () => {
  const silent = forty.map((run) => ({ ...run, success: undefined }));
  expect(calibrateRuns(silent, { gates: ['success'], by: [] }, 3).untested).toBe(3);
});

test('a baseline that is too small to test is told apart from one without alarms', () => {
  expect(calibrateRuns(baseline.slice(0, 20), {}, 3)).toMatchObject({ degraded: 0, untested: 3 });
});
