/** `ephemetry tests report`: a large report, one with much output, and a run of many reports. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, medianOf } from '../../scripts/figure.ts';
import { COMMAND, type Usage, usageOf } from './process-usage.ts';
import { writeOutput, writeReport, writeReports } from './report-files.ts';

/** Compared programs run in turns: a busy minute meets both. */
const ROUNDS = 3;
const LARGE_TESTS = 1_280_000;
const OUTPUT_BYTES = 1024 ** 3;
const MANY = { reports: 900, tests: 17_000 };
const SAXES = join(import.meta.dirname, 'programs', 'saxes-alone.ts');

/** Measures them. @param share how much of the full size */
export async function measureReports(directory: string, share: number): Promise<readonly Figure[]> {
  let runs = 0;
  const spooled = { EPHEMETRY_SPOOL_DIR: join(directory, 'spool') };
  const argumentsOf = (paths: readonly string[]): readonly string[] => {
    runs += 1;
    const run = ['--suite', 'app', '--run-id', `${runs}`, '--commit', 'c1', '--json'];
    return ['tests', 'report', ...paths, ...run];
  };
  const report = (paths: readonly string[], ...options: readonly string[]): Promise<Usage> =>
    usageOf([COMMAND, ...argumentsOf(paths), ...options], spooled);
  const large = join(directory, 'large.xml');
  const bytes = writeReport(large, LARGE_TESTS * share);
  const pairs = await inTurns(
    () => usageOf([SAXES, large]),
    () => report([large]),
  );
  const small = await usageOf(['--max-semi-space-size=1', COMMAND, ...argumentsOf([large])], spooled);
  const history = ['--history', join(directory, 'large-history')];
  const remembered = [await report([large], ...history), await report([large], ...history)];
  rmSync(large);
  const loud = join(directory, 'loud.xml');
  writeOutput(loud, OUTPUT_BYTES * share);
  const output = await report([loud]);
  rmSync(loud);
  const many = writeReports(join(directory, 'many'), MANY.reports * share, MANY.tests * share);
  const manyHistory = ['--history', join(directory, 'many-history')];
  const manyPairs = await inTurns(
    () => usageOf([SAXES, ...many]),
    () => report([join(directory, 'many')], ...manyHistory),
  );
  return [
    {
      name: 'tests.large.cpu_ratio',
      meaning: 'CPU of counting a report of 1.28 million tests, by that of saxes alone on it',
      unit: 'ratio',
      value: ratioOf(pairs),
      bar: { limit: 2, goFor: 1.3 },
    },
    {
      name: 'tests.large.rate',
      meaning: 'megabytes of that report for each second of CPU',
      unit: 'MB/s',
      value: bytes / 1e6 / medianOf(pairs.map(([, { cpuSeconds }]) => cpuSeconds)),
      bar: { limit: 50, goFor: 100, isLeast: true },
    },
    {
      name: 'tests.large.peak',
      meaning: 'memory for that report, without a history',
      unit: 'MiB',
      value: medianOf(pairs.map(([, { peakMiB }]) => peakMiB)),
      bar: { limit: 140, goFor: 110 },
    },
    {
      name: 'tests.large.peak.young_1_mib',
      meaning:
        'the same with `--max-semi-space-size=1`: the rest is V8’s young generation, which grows to 48 MiB',
      unit: 'MiB',
      value: small.peakMiB,
    },
    {
      name: 'tests.output.peak',
      meaning: 'memory for a report of one test that printed 1 GiB',
      unit: 'MiB',
      value: output.peakMiB,
      bar: { limit: 140, goFor: 110 },
    },
    {
      name: 'tests.large.history.peak',
      meaning: 'memory for the report of 1.28 million tests with a history, the first time or the second',
      unit: 'MiB',
      value: Math.max(...remembered.map(({ peakMiB }) => peakMiB)),
      bar: { limit: 260, goFor: 180 },
    },
    {
      name: 'tests.many.cpu_ratio',
      meaning: 'CPU of counting and remembering 900 reports of 17,000 tests, by that of saxes alone on them',
      unit: 'ratio',
      value: ratioOf(manyPairs),
      bar: { limit: 5, goFor: 3 },
    },
  ];
}

type Pair = readonly [baseline: Usage, ours: Usage];

async function inTurns(baseline: () => Promise<Usage>, ours: () => Promise<Usage>): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < ROUNDS; round++) pairs.push([await baseline(), await ours()]);
  return pairs;
}

function ratioOf(pairs: readonly Pair[]): number {
  return medianOf(pairs.map(([baseline, ours]) => ours.cpuSeconds / baseline.cpuSeconds));
}
