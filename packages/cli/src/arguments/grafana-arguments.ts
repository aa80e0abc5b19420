/** The arguments of `ephemetry grafana export`. */
import type { GrafanaFormat, GrafanaOptions } from '@ephemetry/grafana';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadWith } from '../optional-package.ts';
import type { Output } from '../terminal/output.ts';
import type { Ended } from './ended.ts';

/** The package with the formats, defaults and limits. It brings Grafana's SDK: loaded when its command is named. */
type Grafana = typeof import('@ephemetry/grafana');

/** What commander makes of the options below: flags that are not given are missing, settings have their defaults. */
type Given = Omit<GrafanaOptions, 'severities' | 'burnRates'> & {
  readonly format?: GrafanaFormat;
  readonly out?: string;
  readonly json?: boolean;
  readonly pageSeverity: string;
  readonly ticketSeverity: string;
};

function loadGrafana(): Promise<Grafana> {
  return loadWith('@ephemetry/grafana', () => import('@ephemetry/grafana'));
}

export function addGrafana(program: Command, output: Output, ended: Ended): void {
  const grafana = program
    .command('grafana')
    .description("fab's dashboards and alerts as code.")
    .helpCommand(false);
  const command = grafana
    .command('export')
    .description("Write fab's dashboards and alerts for Grafana or a Prometheus ruler.")
    .addHelpText('after', HELP)
    .action(async ({ format, out, json, pageSeverity, ticketSeverity, ...settings }: Given) => {
      const { GRAFANA_FORMATS } = await loadGrafana();
      if (format === undefined)
        return refuse(command, `--format is missing; allowed: ${GRAFANA_FORMATS.join(', ')}`);
      if (out === undefined && format === 'provisioning')
        return refuse(command, 'provisioning mixes JSON and YAML files: it needs --out <directory>');
      if (out === undefined && json === true)
        return refuse(command, '--json lists the files that are written: it needs --out <directory>');
      const { grafanaExport } = await import('../commands/grafana-export.ts');
      const severities = { page: pageSeverity, ticket: ticketSeverity };
      const place = out === undefined ? {} : { out };
      const options = { ...settings, severities };
      ended(grafanaExport({ format, ...place, json: json === true, options }, output));
    });
  grafana.hook('preSubcommand', async () => addOptions(command, await loadGrafana()));
}

const HELP = `
Formats:
  operator          GrafanaDashboard and GrafanaAlertRuleGroup resources for the Grafana operator
  provisioning      dashboards/*.json and alerting/*.yaml for Grafana's provisioning directory
  prometheus-rules  alert rules for Prometheus or Amazon Managed Service for Prometheus; no dashboards

Without --out the documents go to standard output, separated by ---; provisioning needs --out. With --out
every file is written whole or none is; files of the same name are replaced, any others, such as those of
an earlier version, are left alone. An objective under which an alert could never fire is refused, with
the arithmetic; other burn rates can be set in code, through renderGrafana of @ephemetry/grafana.

Examples:
  ephemetry grafana export --format operator | kubectl apply -f -
  ephemetry grafana export --format provisioning --datasource prometheus --out grafana
  ephemetry grafana export --format prometheus-rules --objective 0.97 --out rules --json

Exit codes: 0 exported, 1 nothing is exported: the files cannot be written, 2 wrong arguments.`;

/** Each value is checked by itself, by the package that uses it, so that what is wrong is told with its flag. */
function addOptions(
  command: Command,
  { GRAFANA_FORMATS, METRIC_STORES, resolveGrafanaOptions }: Grafana,
): void {
  const defaults = resolveGrafanaOptions();
  const checked =
    <Value>(read: (text: string) => Value, option: (value: Value) => GrafanaOptions) =>
    (given: string): Value => {
      const value = read(given);
      try {
        resolveGrafanaOptions(option(value));
      } catch (error) {
        throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error;
      }
      return value;
    };
  const severities = (changed: Partial<typeof defaults.severities>): GrafanaOptions => ({
    severities: { ...defaults.severities, ...changed },
  });
  command
    .addOption(new Option('--format <format>', 'what to write; required').choices(GRAFANA_FORMATS))
    .option('--out <directory>', 'where to write, made when missing (default: standard output)', directory)
    .option(
      '--objective <share>',
      'share of self-evaluations that should pass over 30 days',
      checked(decimal, (objective) => ({ objective })),
      defaults.objective,
    )
    .option(
      '--datasource <uid>',
      'uid of the Prometheus data source',
      checked(String, (datasource) => ({ datasource })),
      defaults.datasource,
    )
    .option(
      '--cluster-label <name>',
      'label that tells clusters apart',
      checked(String, (clusterLabel) => ({ clusterLabel })),
      defaults.clusterLabel,
    )
    .option(
      '--folder <name>',
      'folder of the alert rules',
      checked(String, (folder) => ({ folder })),
      defaults.folder,
    )
    .option(
      '--page-severity <text>',
      'severity label of alerts that wake somebody',
      checked(String, (page) => severities({ page })),
      defaults.severities.page,
    )
    .option(
      '--ticket-severity <text>',
      'severity label of alerts that can wait',
      checked(String, (ticket) => severities({ ticket })),
      defaults.severities.ticket,
    )
    .option(
      '--minimum-evaluations <number>',
      'self-evaluations below which a pass rate alerts nobody',
      checked(decimal, (minimumEvaluations) => ({ minimumEvaluations })),
      defaults.minimumEvaluations,
    )
    .option(
      '--stall-window <duration>',
      'how long revisions may go on without an approved gate',
      checked(String, (stallWindow) => ({ stallWindow })),
      defaults.stallWindow,
    )
    .option(
      '--minimum-revisions <number>',
      'revisions within that time below which nothing is stalled',
      checked(decimal, (minimumRevisions) => ({ minimumRevisions })),
      defaults.minimumRevisions,
    )
    .addOption(
      new Option('--store <name>', 'what answers: prometheus (or AMP) has totals, victoria-metrics deltas')
        .choices(METRIC_STORES)
        .default(defaults.store),
    )
    .option(
      '--runbook-base-url <url>',
      "where the alerts' pages are",
      checked(String, (runbookBaseUrl) => ({ runbookBaseUrl })),
      defaults.runbookBaseUrl,
    )
    .option('--json', 'with --out: print one JSON object with the files written');
}

/** An unset variable in `--out "$DIRECTORY"` is no wish to write here. */
function directory(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Allowed is the path of a directory, as . for this one.');
}

function decimal(text: string): number {
  if (/^[0-9]*\.?[0-9]+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Allowed is a number in digits.');
}

/** Ends as commander ends at an option that is wrong. */
function refuse(command: Command, message: string): never {
  return command.error(`error: ${message}`, { code: 'ephemetry.invalidOption' });
}
