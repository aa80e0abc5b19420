/** What a team may set about its dashboards and alerts, checked once before anything is built or written. */
import { type BurnRate, burnRateFault, DEFAULT_BURN_RATES } from './alerts/burn-rate.ts';
import type { Urgency } from './alerts/urgency.ts';
import { DECLARED_LABELS } from './promql/declared-metrics.ts';
import { durationSeconds } from './promql/duration.ts';
import { METRIC_STORES, type MetricStore } from './promql/queries.ts';

/** Options of everything this package builds. */
export interface GrafanaOptions {
  /** Share of self-evaluations that should pass over 30 days, above 0 and below 1. @default 0.95 */
  readonly objective?: number;
  /** Uid of the Prometheus data source. @default 'managed-prometheus' */
  readonly datasource?: string;
  /** The label that tells clusters apart; the gateway sets it from `GATEWAY_CLUSTER`. @default 'cluster' */
  readonly clusterLabel?: string;
  /** Folder of the alert rules: name of a GrafanaFolder resource, or title for provisioning. @default 'slo-alerts' */
  readonly folder?: string;
  /** Value of the `severity` label by urgency. @default { page: 'page', ticket: 'ticket' } */
  readonly severities?: Readonly<Record<Urgency, string>>;
  /** Burn rates that alert. @default 14.4 over 1h and 5m, 6 over 6h and 30m, 3 over 1d and 2h, 1 over 3d and 6h */
  readonly burnRates?: readonly BurnRate[];
  /** Self-evaluations in the long window below which a pass rate means nothing. A whole number. @default 10 */
  readonly minimumEvaluations?: number;
  /** How long revisions may go on without an approved gate, as a PromQL duration. @default '6h' */
  readonly stallWindow?: string;
  /** Revisions within the stall window below which nothing is stalled. A whole number. @default 5 */
  readonly minimumRevisions?: number;
  /** What answers: totals in Prometheus or AMP, or deltas in VictoriaMetrics. @default 'prometheus' */
  readonly store?: MetricStore;
  /** Where the alerts' pages are. @default 'https://github.com/ephemetry/ephemetry/blob/main/docs/alerts' */
  readonly runbookBaseUrl?: string;
}

/** The options with every default filled in. */
export type ResolvedGrafanaOptions = Required<GrafanaOptions>;

const DEFAULTS: ResolvedGrafanaOptions = {
  objective: 0.95,
  datasource: 'managed-prometheus',
  clusterLabel: 'cluster',
  folder: 'slo-alerts',
  severities: { page: 'page', ticket: 'ticket' },
  burnRates: DEFAULT_BURN_RATES,
  minimumEvaluations: 10,
  stallWindow: '6h',
  minimumRevisions: 5,
  store: 'prometheus',
  runbookBaseUrl: 'https://github.com/ephemetry/ephemetry/blob/main/docs/alerts',
};

/** Options that are wrong: its message names each of them, with what is allowed and where to set it. */
export class GrafanaOptionsError extends RangeError {
  override readonly name = 'GrafanaOptionsError';
  /** What is allowed for the first one, for who has said already which it is and what was given. */
  readonly allowed: string | undefined;

  constructor(faults: readonly OptionFault[]) {
    super(faults.map(({ message }) => message).join('\n'));
    this.allowed = faults[0]?.allowed;
  }
}

interface OptionFault {
  readonly message: string;
  readonly allowed?: string;
}

/**
 * The options with their defaults.
 *
 * @throws {GrafanaOptionsError} An alert that could never fire under the objective is refused too, with the arithmetic.
 */
export function resolveGrafanaOptions(options: GrafanaOptions = {}): ResolvedGrafanaOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const resolved: ResolvedGrafanaOptions = { ...DEFAULTS, ...Object.fromEntries(given) };
  const known = Object.keys(DEFAULTS).join(', ');
  const faults = [
    ...given.flatMap(([name]) =>
      name in DEFAULTS ? [] : [{ message: `unknown option ${name}; allowed: ${known}`, allowed: known }],
    ),
    ...valueFaults(resolved),
  ];
  if (faults.length > 0) throw new GrafanaOptionsError(faults);
  return resolved;
}

/** An option, its flag, whether its value is fine, and what is. */
type Rule = readonly [name: string, flag: string, value: unknown, isFine: boolean, allowed: string];

function valueFaults(options: ResolvedGrafanaOptions): readonly OptionFault[] {
  const { objective, clusterLabel, severities, stallWindow, runbookBaseUrl } = options;
  const isObjective = typeof objective === 'number' && objective > 0 && objective < 1;
  const isUid = (text: string): boolean => /^[\w-]{1,40}$/.test(text);
  const uid = 'up to 40 letters, digits, - and _';
  const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 1;
  const severity = (urgency: Urgency): Rule => {
    const text = severities?.[urgency];
    const isFine = typeof text === 'string' && text !== '';
    return [`severities.${urgency}`, `--${urgency}-severity`, text, isFine, 'a text that is not empty'];
  };
  const rules: readonly Rule[] = [
    ['objective', '--objective', objective, isObjective, 'a number above 0 and below 1, such as 0.95'],
    ['datasource', '--datasource', options.datasource, isUid(options.datasource), uid],
    ['folder', '--folder', options.folder, isUid(options.folder), uid],
    [
      'clusterLabel',
      '--cluster-label',
      clusterLabel,
      // Grouping by a label of a metric would tear its own series apart: every sum would be of something else.
      /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(clusterLabel) && !DECLARED_LABELS.has(clusterLabel),
      'a label name, of letters, digits and _, that no metric has for itself',
    ],
    severity('page'),
    severity('ticket'),
    ...(
      [
        ['minimumEvaluations', '--minimum-evaluations'],
        ['minimumRevisions', '--minimum-revisions'],
      ] as const
    ).map(
      ([name, flag]): Rule => [
        name,
        flag,
        options[name],
        isCount(options[name]),
        'a whole number, 1 or more',
      ],
    ),
    [
      'stallWindow',
      '--stall-window',
      stallWindow,
      durationSeconds(stallWindow) !== undefined,
      'a PromQL duration such as 30m, 6h or 1d',
    ],
    ['store', '--store', options.store, METRIC_STORES.includes(options.store), METRIC_STORES.join(', ')],
    [
      'runbookBaseUrl',
      '--runbook-base-url',
      runbookBaseUrl,
      /^https?:$/.test(URL.parse(runbookBaseUrl)?.protocol ?? ''),
      'an absolute http or https URL',
    ],
  ];
  const wrong = rules.filter(([, , , isFine]) => !isFine);
  return [
    ...wrong.map(([name, flag, value, , allowed]) => {
      const given = typeof value === 'string' ? JSON.stringify(value) : String(value);
      const where = `${name.replace(/\..*/, '')}, ${flag}`;
      return { message: `${name} is ${given}; allowed: ${allowed} (${where})`, allowed };
    }),
    // Whether a factor can be reached is a question of the objective.
    ...(isObjective ? options.burnRates.flatMap((rate) => burnRateFault(rate, objective) ?? []) : []).map(
      (message) => ({ message }),
    ),
  ];
}
