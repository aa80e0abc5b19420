/** The arguments of `ephemetry metrics` and its commands. */
import { MERGE_RATES, type MergeRate } from '@ephemetry/contract';
import { Argument, type Command } from 'commander';
import type { WatchMetricsOptions } from '../commands/metrics/watch-metrics.ts';
import type { DatabaseOptions } from '../commands/metrics/with-database.ts';
import { loadWith } from '../optional-package.ts';
import type { Output } from '../terminal/output.ts';
import type { Ended } from './ended.ts';
import { wholeNumber } from './option-values.ts';

/** What commander makes of the options below: flags that are not given are missing. */
type Given = DatabaseOptions & { readonly json?: boolean };
type GivenRebuild = Given & { readonly retryQuarantined?: boolean };
type GivenScope = Given & { readonly project?: string };
type GivenWatch = Omit<WatchMetricsOptions, 'json' | 'gauges'> & {
  readonly json?: boolean;
  readonly gauges?: boolean;
};

/** A year: no clock is off by more. */
const MOST_TOLERANCE_MS = 31_536_000_000;

const DATABASE_HELP = `
The database is PostgreSQL (postgres://user@host:port/database) or a directory of the embedded PGlite:
--database, else EPHEMETRY_DATABASE, else ~/.local/state/ephemetry/merges. A directory is for one process
at a time.
`;

/** The database and its driver come with the analyzer. */
function withAnalyzer<Module>(load: () => Promise<Module>): Promise<Module> {
  return loadWith('@ephemetry/merge-analyzer', load);
}

export function addMetrics(program: Command, output: Output, ended: Ended): void {
  const metrics = program
    .command('metrics')
    .description('Show the rolling rates over the merges of an orchestrator.');
  addDatabaseOptions(metrics)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `${DATABASE_HELP}
Catches up with the log first: no service has to run. On a standby, or as a role that may only read, it
writes nothing and says how far the rates are behind. A rate is undefined until its window is full.

Examples:
  ephemetry metrics
  ephemetry metrics --database postgres://localhost/orchestrator --json | jq .global
  ephemetry metrics explain rebase_conflict_rate --project payments

Exit codes: 0 shown, also when rates are undefined, 1 the database cannot be read, 2 wrong arguments.`,
    )
    .action(async (options: Given) => {
      const { showMetrics } = await withAnalyzer(() => import('../commands/metrics/show-metrics.ts'));
      ended(await showMetrics({ ...options, json: options.json === true }, output));
    });
  addWatch(metrics, output, ended);
  addHistory(metrics, output, ended);
  addExplain(metrics, output, ended);
  addImport(metrics, output, ended);
  addRebuild(metrics, output, ended);
}

function addWatch(metrics: Command, output: Output, ended: Ended): void {
  addDatabaseOptions(metrics.command('watch').description('Analyze on every merge, until a signal.'))
    .option('--channel <name>', 'notification channel (default: events_outbox)')
    .option(
      '--poll-interval-ms <number>',
      'looks without a notification, too (default: 1000)',
      wholeNumber(10, 3_600_000),
    )
    .option(
      '--reconnect-limit-ms <number>',
      'longest wait before connecting again (default: 5000)',
      wholeNumber(100, 3_600_000),
    )
    .option('--gauges', 'send the rates as OpenTelemetry gauges, too, as OTEL_EXPORTER_OTLP_* say')
    .option('--json', 'print one JSON line for each event')
    .addHelpText(
      'after',
      `${DATABASE_HELP}
A database that is not there yet, restarts, refuses for now, drops the connection or does not answer is
waited for; standard error says so once. Behind a pooler of transactions it looks at the poll interval.

Examples:
  ephemetry metrics watch --database postgres://localhost/orchestrator
  ephemetry metrics watch --gauges --json

Exit codes: 0 ended by SIGINT or SIGTERM, 1 the database cannot be used, 2 wrong arguments.`,
    )
    .action(async (_given: GivenWatch, command: Command) => {
      const options = command.optsWithGlobals<GivenWatch>();
      const { watchMetrics } = await withAnalyzer(() => import('../commands/metrics/watch-metrics.ts'));
      const flags = { gauges: options.gauges === true, json: options.json === true };
      ended(await watchMetrics({ ...options, ...flags }, output));
    });
}

function addHistory(metrics: Command, output: Output, ended: Ended): void {
  addScopeOptions(metrics.command('history').description('Show how a rate moved, newest merge first.'))
    .option('--limit <number>', 'merges', wholeNumber(1, 1_000_000), 100)
    .option('--json', 'print one JSON line for each merge')
    .addHelpText(
      'after',
      `${DATABASE_HELP}
Examples:
  ephemetry metrics history first_pass_merge_rate --limit 20
  ephemetry metrics history rebase_conflict_rate --project payments --json | jq -c 'select(.crossed)'

Exit codes: 0 shown, 1 the database cannot be read, 2 wrong arguments.`,
    )
    .action(async (metric: MergeRate, _given: GivenScope, command: Command) => {
      const options = command.optsWithGlobals<GivenScope & { readonly limit: number }>();
      const { metricsHistory } = await withAnalyzer(() => import('../commands/metrics/metrics-history.ts'));
      ended(await metricsHistory({ ...options, metric, json: options.json === true }, output));
    });
}

function addExplain(metrics: Command, output: Output, ended: Ended): void {
  addScopeOptions(
    metrics.command('explain').description('Show the merges that a rate is made of, newest first.'),
  )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `${DATABASE_HELP}
Examples:
  ephemetry metrics explain first_pass_merge_rate
  ephemetry metrics explain rebase_conflict_rate --project payments --json | jq .merges

Exit codes: 0 shown, 1 the database cannot be read, 2 wrong arguments.`,
    )
    .action(async (metric: MergeRate, _given: GivenScope, command: Command) => {
      const options = command.optsWithGlobals<GivenScope>();
      const { explainMetric } = await withAnalyzer(() => import('../commands/metrics/explain-metric.ts'));
      ended(await explainMetric({ ...options, metric, json: options.json === true }, output));
    });
}

function addImport(metrics: Command, output: Output, ended: Ended): void {
  const command = metrics.command('import').description('Import merges from elsewhere into the outbox.');
  addDatabaseOptions(command)
    .argument('<file>', 'one JSON object a line, oldest merge first')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `${DATABASE_HELP}
A line is {"work_item_id":"w1","project":"alpha","attempts":1,"last_verdict":"approve",
"merged_at":"2026-01-31T12:00:00Z"}. Importing a file twice adds nothing. A directory that is not there is
made, with the orchestrator's tables.

Examples:
  ephemetry metrics import history.jsonl
  ephemetry metrics import history.jsonl --database .orchestrator/database --json | jq .refused

Exit codes: 0 all imported or known already, 1 lines were refused, merges were left out or nothing is imported,
2 wrong arguments.`,
    )
    .action(async (file: string, _given: Given, command: Command) => {
      const options = command.optsWithGlobals<Given>();
      const { importHistory } = await withAnalyzer(() => import('../commands/metrics/import-history.ts'));
      ended(await importHistory({ ...options, file, json: options.json === true }, output));
    });
}

function addRebuild(metrics: Command, output: Output, ended: Ended): void {
  addDatabaseOptions(
    metrics.command('rebuild').description("Make the analyzer's own tables again, from the outbox alone."),
  )
    .option('--retry-quarantined', 'read again what was left out, and count at the end what is sound now')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `${DATABASE_HELP}
Announces nothing twice, and finds merges whose ids were handed out long before they were written. Changes
nothing when the outbox no longer records all merges that are counted.

Examples:
  ephemetry metrics rebuild
  ephemetry metrics rebuild --retry-quarantined --clock-tolerance-ms 86400000

Exit codes: 0 rebuilt, 1 nothing is rebuilt, 2 wrong arguments.`,
    )
    .action(async (_given: GivenRebuild, command: Command) => {
      const options = command.optsWithGlobals<GivenRebuild>();
      const { rebuildMetrics } = await withAnalyzer(() => import('../commands/metrics/rebuild-metrics.ts'));
      const flags = { retryQuarantined: options.retryQuarantined === true, json: options.json === true };
      ended(await rebuildMetrics({ ...options, ...flags }, output));
    });
}

function addDatabaseOptions(command: Command): Command {
  return command
    .option(
      '--database <place>',
      'postgres://…, host=… dbname=… or a directory (default: EPHEMETRY_DATABASE)',
    )
    .option('--schema <name>', "schema of the orchestrator's tables (default: public)")
    .option('--own-schema <name>', "schema of the analyzer's own tables (default: ephemetry)")
    .option(
      '--clock-tolerance-ms <number>',
      'how far times of merges may disagree before one is left out (default: 3600000)',
      wholeNumber(0, MOST_TOLERANCE_MS),
    );
}

function addScopeOptions(command: Command): Command {
  return addDatabaseOptions(command)
    .addArgument(new Argument('<metric>', 'which rate').choices(Object.values(MERGE_RATES)))
    .option('--project <name>', 'of one project (default: of all)');
}
