/** `ephemetry merges watch --gauges` against a real receiver: what arrives is what `merges --json` says. */
import { MERGE_METRICS } from '@ephemetry/contract';
import {
  createOrchestratorTables,
  importMerges,
  type MetricsReport,
  openMergeAnalyzer,
  openPglite,
} from '@ephemetry/merge-analyzer';
import { type Receiver, startReceiver, temporaryDirectory } from '@ephemetry/testing';
import { describe, expect, it, type TestContext } from 'vitest';
import '../../../merge-analyzer/test/fixtures/prepared-pglite.ts';
import { type HistoryMerge, historyLines, merges } from '../fixtures/merge-history.ts';
import { runCommand } from '../fixtures/run-command.ts';

const CONFLICT: HistoryMerge = { verdict: 'rebase_conflict' };

/** alpha ends low (3/100), beta high (20/100), gamma has too few merges; p95 and first passes are no round numbers. */
const THREE_PROJECTS: readonly HistoryMerge[] = [
  ...merges(97),
  ...merges(3, CONFLICT),
  ...merges(80, { project: 'beta' }),
  ...merges(20, { project: 'beta', attempts: 3, ...CONFLICT }),
  ...merges(10, { project: 'gamma', attempts: 4 }),
];

describe.concurrent('ephemetry merges watch --gauges', () => {
  it('sends what the contract declares with the values of `merges --json`, and an age that grows', async (test) => {
    const database = await seed(test, THREE_PROJECTS, { unreadable: 2 });
    const { receiver, ended } = await watchUntil(test, database, (received) => agesIn(received).length >= 2);
    expect(ended).toMatchObject({ code: 0, stderr: '', survivors: [] });
    const report = await reportRuns(database);
    expect(report.quarantine.count).toBe(2);
    expect(latest(receiver)).toEqual({
      merge_first_pass_ratio: report.global.first_pass_merge_rate.value,
      merge_rebase_conflict_ratio: report.global.rebase_conflict_rate.value,
      merge_attempts_p95: report.global.p95_attempts_to_merge.value,
      merge_rebase_conflict_worst_ratio: projectOf(report, 'beta').rebase_conflict_rate?.value,
      merge_attempts_p95_worst: projectOf(report, 'beta').p95_attempts_to_merge?.value,
      merge_quarantined_events: 2,
      'merge_rebase_conflict_projects{state=low}': 1,
      'merge_rebase_conflict_projects{state=high}': 1,
      'merge_rebase_conflict_projects{state=unknown}': 1,
    });
    expect(latest(receiver)).toMatchObject({
      merge_first_pass_ratio: 0.4,
      merge_attempts_p95: 4,
      merge_rebase_conflict_worst_ratio: 0.2,
      merge_attempts_p95_worst: 3,
    });
    const [first, second] = agesIn(receiver);
    const mergedAt = Date.parse(report.newest_merge?.merged_at ?? '') / 1000;
    for (const age of [first, second]) expect((age?.at ?? 0) - (age?.seconds ?? 0)).toBeCloseTo(mergedAt, -1);
    expect(second?.seconds).toBeGreaterThan(first?.seconds ?? 0);
    expect(declarationsIn(receiver)).toEqual(
      Object.values(MERGE_METRICS)
        .map(({ name, unit, description, valueType }) => ({ name, unit, description, valueType }))
        .toSorted(byName),
    );
    expect(receiver.batches.map(({ resource }) => resource['service.name'])).toContain('merge-analyzer');
  });

  it('sends no sample at all of what is undefined', async (test) => {
    const database = await seed(test, merges(23), { unreadable: 0 });
    const { receiver } = await watchUntil(test, database, (received) => agesIn(received).length >= 1);
    expect(latest(receiver)).toEqual({
      merge_quarantined_events: 0,
      'merge_rebase_conflict_projects{state=low}': 0,
      'merge_rebase_conflict_projects{state=high}': 0,
      'merge_rebase_conflict_projects{state=unknown}': 1,
    });
  });
});

/** A database with this history, and merge events in it that cannot be read. */
async function seed(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  history: readonly HistoryMerge[],
  { unreadable }: { readonly unreadable: number },
): Promise<string> {
  const directory = temporaryDirectory();
  onTestFinished(directory.remove);
  const database = openPglite({ pglite: directory.path });
  await createOrchestratorTables(database);
  await importMerges(await openMergeAnalyzer(database), historyLines(history).trimEnd().split('\n'));
  const outbox = database.kysely
    .withTables<{ events_outbox: { kind: string; work_item_id: string; payload: string } }>()
    .insertInto('events_outbox');
  for (let index = 0; index < unreadable; index += 1) {
    const payload = JSON.stringify({ target: 'merged', attempts: 0, last_verdict: null, project: 'alpha' });
    await outbox.values({ kind: 'test', work_item_id: `bad ${index}`, payload }).execute();
  }
  await database.close();
  return directory.path;
}

/** Watches until the receiver has what is asked for. */
async function watchUntil(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  database: string,
  isEnough: (receiver: Receiver) => boolean,
) {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.stop());
  let stopped: Promise<void> | undefined;
  const ended = await runCommand(['merges', 'watch', '--gauges', '--database', database], {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin },
    onStdout: (_text, program) => {
      stopped ??= receiver
        .waitFor(() => isEnough(receiver), { what: 'the gauges' })
        .finally(() => program.kill('SIGTERM'));
    },
  });
  await stopped;
  expect(receiver.malformed).toEqual([]);
  return { receiver, ended };
}

/** What is read of the report here, as it is printed. */
type PrintedReport = Pick<MetricsReport, 'quarantine' | 'global' | 'projects'> & {
  readonly newest_merge: { readonly merged_at: string } | null;
};

async function reportRuns(database: string): Promise<PrintedReport> {
  const { stdout } = await runCommand(['merges', '--json', '--database', database]);
  return JSON.parse(stdout);
}

function projectOf({ projects }: PrintedReport, name: string): MetricsReport['projects'][number] {
  const found = projects.find(({ project }) => project === name);
  if (found === undefined) throw new Error(`no project ${name}`);
  return found;
}

const AGE = MERGE_METRICS.newestAge.name;

function gaugesIn({ batches }: Receiver) {
  return batches.flatMap(({ points }) => points).flatMap((point) => (point.kind === 'gauge' ? [point] : []));
}

/** The last sample of each series, the age left out: it is never the same twice. */
function latest(receiver: Receiver): Readonly<Record<string, number>> {
  return Object.fromEntries(
    gaugesIn(receiver)
      .filter(({ metric }) => metric !== AGE)
      .map(({ metric, labels, value }) => [labels === '' ? metric : `${metric}{${labels}}`, value]),
  );
}

/** Samples of the age, each with the second it is of. */
function agesIn(receiver: Receiver): readonly { readonly at: number; readonly seconds: number }[] {
  return gaugesIn(receiver)
    .filter(({ metric }) => metric === AGE)
    .map(({ value, timeUnixNano }) => ({ at: Number(timeUnixNano) / 1e9, seconds: value }));
}

interface SentMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly gauge?: { readonly dataPoints: readonly { readonly asInt?: unknown }[] };
}

/** As the bytes say, by name, each once. */
function declarationsIn({ requests }: Receiver) {
  const sent = requests
    .flatMap(({ content }) => (content.kind === 'batches' ? [JSON.parse(content.text)] : []))
    .flatMap(({ resourceMetrics }) => resourceMetrics)
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }): readonly SentMetric[] => metrics);
  const declarations = sent.map(({ name, unit, description, gauge }) => ({
    name,
    unit,
    description,
    valueType: gauge?.dataPoints.every(({ asInt }) => asInt !== undefined) ? 'int' : 'double',
  }));
  return [...new Map(declarations.map((each) => [JSON.stringify(each), each])).values()].toSorted(byName);
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}
