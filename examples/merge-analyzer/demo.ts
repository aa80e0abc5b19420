/** Imports a history phase by phase and shows how the rates move and what is announced. */
import {
  createOrchestratorTables,
  explainRate,
  formatReading,
  importMerges,
  type MetricsReport,
  openMergeAnalyzer,
  openPglite,
  readHistory,
  readMetrics,
} from '@ephemetry/merge-analyzer';
import { historyOf, PHASES } from './seeded-history.ts';

const database = openPglite();
await createOrchestratorTables(database);
const analyzer = await openMergeAnalyzer(database);

let imported = 0;
let announced = 0;
for (const phase of PHASES) {
  const lines = historyOf(phase, imported).map((line) => JSON.stringify(line));
  const { analyzed } = await importMerges(analyzer, lines);
  imported += lines.length;
  announced += analyzed.crossings;
  say(`\n${phase.name}: ${lines.length} merges, ${analyzed.crossings} crossings`);
  show(await readMetrics(analyzer));
}

say('\nwhat was announced of first_pass_merge_rate:');
const history = await readHistory(analyzer, { rate: 'first_pass_merge_rate', limit: imported });
for (const { ordinal, workItemId, fraction, crossed } of history.toReversed()) {
  if (crossed === null || fraction === null) continue;
  say(`  merge ${ordinal} (${workItemId}): ${crossed} at ${fraction.numerator}/${fraction.denominator}`);
}

const conflicts = await explainRate(analyzer, {
  rate: 'rebase_conflict_rate',
  scope: { kind: 'project', project: 'payments' },
});
const culprits = conflicts.merges.filter(({ contribution }) => contribution === 1);
say(`\nrebase_conflict_rate of payments is ${formatReading(conflicts.reading)}, because of:`);
for (const { workItemId, mergedAt } of culprits) say(`  ${workItemId}, ${mergedAt.slice(0, 16)}`);

const rebuilt = await analyzer.rebuild();
say(`\nrebuilt from the log: ${rebuilt.crossings} crossings announced again, ${announced} announced once`);
await database.close();

function show({ global, projects }: MetricsReport): void {
  const {
    first_pass_merge_rate: firstPass,
    rebase_conflict_rate: rebase,
    p95_attempts_to_merge: p95,
  } = global;
  say(`  first_pass_merge_rate  global    ${formatReading(firstPass)} (${firstPass.state})`);
  say(`  rebase_conflict_rate   global    ${formatReading(rebase)} (${rebase.state})`);
  for (const { project, rebase_conflict_rate: own } of projects) {
    say(
      `  rebase_conflict_rate   ${project.padEnd(9)} ${formatReading(own)} (${own.state}, ${own.source} rate)`,
    );
  }
  say(`  p95_attempts_to_merge  global    ${formatReading(p95)}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
