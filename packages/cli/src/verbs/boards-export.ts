/** `ephemetry boards export`: dashboards and alerts, into a directory or onto standard output. */
import {
  BOARD_NAMES,
  BOARDS,
  type BoardName,
  type BoardOptions,
  GRAFANA_FORMATS,
  type GrafanaFormat,
  type GrafanaOptions,
  GrafanaOptionsError,
  METRIC_STORES,
  type MetricStore,
  type RenderedFile,
  renderObservability,
  resolveGrafanaOptions,
  writeFiles,
} from '@ephemetry/grafana';
import {
  ALERTMANAGER_OPTIONS,
  alertmanagerFault,
  alertmanagerOf,
  type Ways,
  waysIn,
} from '../boards/alertmanager-options.ts';
import { defineVerb } from '../command-line/define-verb.ts';
import { integer, list, object, string, word } from '../command-line/json-schema.ts';
import { defaulted, flag, InvalidValue, type Option, optional, required } from '../command-line/option.ts';
import { decimal, directory, oneOf, text } from '../command-line/readers.ts';
import type { Verb } from '../command-line/verb.ts';
import { CONFIG, openedOrTold } from '../configuration/config-option.ts';
import { EXIT_CODE, type ExitCode } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';

const DEFAULTS = resolveGrafanaOptions();

export const verb: Verb = defineVerb({
  name: 'boards export',
  summary: 'Write dashboards and alerts for Grafana or a Prometheus ruler.',
  help: `Formats:

  operator          GrafanaDashboard and GrafanaAlertRuleGroup resources for the Grafana operator
  provisioning      dashboards/*.json and alerting/*.yaml for Grafana's provisioning directory
  prometheus-rules  rules for Prometheus or Amazon Managed Service for Prometheus; no dashboards
  alertmanager      Alertmanager's configuration: who is told of which level, and what silences what; with --board quality

The alerts of --board commands include one for each command that \`commands\` of ephemetry.yaml declares: it fires when the command did not end well in time.

The alerts of --board quality are judged by Prometheus: only prometheus-rules has them, with the rules that record what they ask for. A suite of ephemetry.yaml with a \`max_age\` is missed after that time. Its Alertmanager's configuration routes the alerts of every board, and reads tokens and passwords from files in --secrets: webhook-token, telegram-token and mail-password.

Without --out the documents go to standard output, separated by ---; provisioning needs --out. With --out, either all files are written or none. Files with the same name are replaced; other files, such as those of an earlier version, stay.

Every value is checked before anything is written. An objective under which an alert could never fire is refused, with the arithmetic; other burn rates can be set in code, through renderGrafana of @ephemetry/grafana.`,
  examples: [
    'ephemetry boards export --board fab --format operator | kubectl apply -f -',
    'ephemetry boards export --board fab --format provisioning --datasource prometheus --out grafana',
    'ephemetry boards export --board commands --format provisioning --out grafana',
    'ephemetry boards export --board fab --format prometheus-rules --objective 0.97 --out rules --json',
    'ephemetry boards export --board quality --format alertmanager --telegram-chat -100123 --out alertmanager',
  ],
  exits: {
    done: 'exported',
    failed: 'nothing is exported: the files cannot be written, or ephemetry.yaml is wrong',
  },
  options: {
    board: required('name', `whose dashboards and alerts: ${BOARD_NAMES.join(', ')}`, oneOf(BOARD_NAMES)),
    format: required('format', `what to write: ${GRAFANA_FORMATS.join(', ')}`, oneOf(GRAFANA_FORMATS)),
    out: optional('directory', 'where to write, made when missing', directory, 'standard output'),
    objective: checked(
      defaulted(
        'share',
        'share of self-evaluations that should pass over 30 days',
        decimal,
        DEFAULTS.objective,
      ),
      (objective) => ({ objective }),
    ),
    datasource: checked(
      defaulted('uid', 'uid of the Prometheus data source', text, DEFAULTS.datasource),
      (datasource) => ({ datasource }),
    ),
    clusterLabel: checked(
      defaulted('name', 'label that tells clusters apart', text, DEFAULTS.clusterLabel),
      (clusterLabel) => ({ clusterLabel }),
    ),
    folder: checked(defaulted('name', 'folder of the alert rules', text, DEFAULTS.folder), (folder) => ({
      folder,
    })),
    pageSeverity: checked(
      defaulted('text', 'severity label of alerts that wake somebody', text, DEFAULTS.severities.page),
      (page) => ({ severities: { ...DEFAULTS.severities, page } }),
    ),
    ticketSeverity: checked(
      defaulted('text', 'severity label of alerts that can wait', text, DEFAULTS.severities.ticket),
      (ticket) => ({ severities: { ...DEFAULTS.severities, ticket } }),
    ),
    minimumEvaluations: checked(
      defaulted(
        'number',
        'no pass-rate alert with fewer self-evaluations than this',
        decimal,
        DEFAULTS.minimumEvaluations,
      ),
      (minimumEvaluations) => ({ minimumEvaluations }),
    ),
    stallWindow: checked(
      defaulted(
        'duration',
        'how long revisions may go on without an approved gate',
        text,
        DEFAULTS.stallWindow,
      ),
      (stallWindow) => ({ stallWindow }),
    ),
    minimumRevisions: checked(
      defaulted(
        'number',
        'revisions within that time below which nothing is stalled',
        decimal,
        DEFAULTS.minimumRevisions,
      ),
      (minimumRevisions) => ({ minimumRevisions }),
    ),
    store: defaulted<MetricStore>(
      'name',
      'which store answers the queries: prometheus (also for AMP) or victoria-metrics',
      oneOf(METRIC_STORES),
      DEFAULTS.store,
    ),
    runbookBaseUrl: checked(
      defaulted('url', "where the alerts' pages are", text, DEFAULTS.runbookBaseUrl),
      (runbookBaseUrl) => ({ runbookBaseUrl }),
    ),
    ...ALERTMANAGER_OPTIONS,
    config: CONFIG,
    json: flag('with --out: print one JSON object with the files written'),
  },
  json: object('What was written.', {
    format: word('In which format.', GRAFANA_FORMATS),
    files: list(
      'Every file.',
      object('A file.', { path: string('Below --out, with it.'), bytes: integer('Its length.') }),
    ),
  }),
  fault: ({ board, out, format, json, ...ways }) => {
    const wrong = alertmanagerFault(board, format, ways);
    if (wrong !== undefined) return wrong;
    if (out === undefined && format === 'provisioning')
      return 'provisioning mixes JSON and YAML files: it needs --out <directory>';
    if (out === undefined && json)
      return '--json lists the files that are written: it needs --out <directory>';
    return undefined;
  },
  run: exportBoard,
});

/** The option, refused by the package that uses it, so that what is wrong is told with its flag. */
function checked<Value>(option: Option<Value>, setting: (value: Value) => GrafanaOptions): Option<Value> {
  return {
    ...option,
    read: (given) => {
      const value = option.read(given);
      try {
        resolveGrafanaOptions(setting(value));
      } catch (error) {
        if (!(error instanceof GrafanaOptionsError)) throw error;
        throw new InvalidValue(error.allowed === undefined ? error.message : `allowed: ${error.allowed}`);
      }
      return value;
    },
  };
}

interface Values extends Ways, Required<Omit<GrafanaOptions, 'severities' | 'burnRates'>> {
  readonly board: BoardName;
  readonly format: GrafanaFormat;
  /** Undefined for standard output, which takes formats that are YAML throughout. */
  readonly out: string | undefined;
  readonly pageSeverity: string;
  readonly ticketSeverity: string;
  readonly config: string | undefined;
  readonly json: boolean;
}

/** What the alerts of a board need of what a deployment declares; undefined when its file is wrong, which is told. */
function declaredFor(
  board: BoardName,
  config: string | undefined,
  output: Output,
): Pick<BoardOptions, 'expected' | 'suites'> | undefined {
  if (board === 'fab') return {};
  const opened = openedOrTold(config, process.env, output);
  if (opened === undefined) return undefined;
  const { commands, suites } = opened.configuration;
  return {
    expected: commands.map(({ name, everyMs }) => ({ name, everySeconds: everyMs / 1000 })),
    suites: suites.flatMap(({ name, maxAgeMs }) =>
      maxAgeMs === undefined ? [] : [{ name, maxAgeSeconds: maxAgeMs / 1000 }],
    ),
  };
}

function optionsOf(settings: Omit<Values, 'board' | 'format' | 'out' | 'json' | 'config'>): BoardOptions {
  const { ways, others } = waysIn(settings);
  const { pageSeverity, ticketSeverity, ...options } = others;
  return {
    ...options,
    severities: { page: pageSeverity, ticket: ticketSeverity },
    alertmanager: alertmanagerOf(ways),
  };
}

function exportBoard(values: Values, output: Output): ExitCode {
  const { board, format, out, json, config, ...settings } = values;
  const declared = declaredFor(board, config, output);
  if (declared === undefined) return EXIT_CODE.failed;
  const files = renderObservability(format, BOARDS[board]({ ...optionsOf(settings), ...declared }));
  if (out === undefined) {
    output.printDocument(files.map(({ content }) => content).join('---\n'));
    return EXIT_CODE.done;
  }
  let paths: readonly string[];
  try {
    paths = writeFiles(out, files);
  } catch (error) {
    if (!isFileSystemError(error)) throw error;
    output.printError(`nothing is exported: ${error.message}\n`);
    output.printError(`--out is ${JSON.stringify(out)}; allowed: a directory that can be written, or made\n`);
    return EXIT_CODE.failed;
  }
  const written = paths.map((path, index) => ({ path, bytes: bytesOf(files[index]) }));
  if (json) output.printDocument(`${JSON.stringify({ format, files: written })}\n`);
  else output.printLines(written.map(({ path, bytes }) => `${path} (${bytes} bytes)`));
  return EXIT_CODE.done;
}

function bytesOf(file: RenderedFile | undefined): number {
  return Buffer.byteLength(file?.content ?? '');
}

function isFileSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
