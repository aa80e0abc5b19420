/** Every setting as data: what `resolveSettings` goes by, and what docs/guide/settings.md is checked against. */
import type { ExporterOptions } from './exporter-options.ts';

/** A number with its bounds; the unit ends the option's name. */
export interface NumberSetting {
  readonly variable: string;
  readonly byDefault: number;
  readonly least: number;
  readonly most: number;
}

/** A word out of a few; the first is the default. */
export interface ChoiceSetting<Word extends string> {
  readonly variable: string;
  readonly allowed: readonly [Word, ...Word[]];
}

/** The options that are numbers. */
export type NumberOption = Extract<keyof ExporterOptions, `${string}${'Ms' | 'Bytes' | 'Files' | 'Hours'}`>;

export const NUMBERS: Readonly<Record<NumberOption, NumberSetting>> = {
  exitBudgetMs: { variable: 'EPHEMETRY_EXIT_BUDGET_MS', byDefault: 250, least: 0, most: 60_000 },
  answerBudgetMs: { variable: 'EPHEMETRY_ANSWER_BUDGET_MS', byDefault: 1000, least: 0, most: 60_000 },
  persistIntervalMs: {
    variable: 'EPHEMETRY_PERSIST_INTERVAL_MS',
    byDefault: 1000,
    least: 10,
    most: 3_600_000,
  },
  // setInterval takes no more than 24.8 days, and fires at once beyond.
  observationIntervalMs: {
    variable: 'OTEL_METRIC_EXPORT_INTERVAL',
    byDefault: 60_000,
    least: 10,
    most: 86_400_000,
  },
  spoolLimitBytes: {
    variable: 'EPHEMETRY_SPOOL_LIMIT_BYTES',
    byDefault: 64 * 1024 * 1024,
    least: 65_536,
    most: 2 ** 40,
  },
  spoolLimitFiles: { variable: 'EPHEMETRY_SPOOL_LIMIT_FILES', byDefault: 1000, least: 1, most: 100_000 },
  spoolLimitHours: { variable: 'EPHEMETRY_SPOOL_LIMIT_HOURS', byDefault: 168, least: 1, most: 87_600 },
};

export const DELIVERY: ChoiceSetting<'send' | 'spool-only'> = {
  variable: 'EPHEMETRY_DELIVERY',
  allowed: ['send', 'spool-only'],
};

/** What becomes of a batch that was sent and never answered. */
export const IN_DOUBT: ChoiceSetting<'resend' | 'keep' | 'drop'> = {
  variable: 'EPHEMETRY_IN_DOUBT',
  allowed: ['resend', 'keep', 'drop'],
};

/** The option `handleSignals` says it with a boolean. */
export const SIGNALS: ChoiceSetting<'on' | 'off'> = { variable: 'EPHEMETRY_SIGNALS', allowed: ['on', 'off'] };

/** Whether every 2xx answer is a delivery, also of what does not speak OTLP. Only the environment says it. */
export const ACCEPT_ANY_2XX: ChoiceSetting<'off' | 'on'> = {
  variable: 'EPHEMETRY_ACCEPT_ANY_2XX',
  allowed: ['off', 'on'],
};

/** The variable that means the same as an option; `undefined` when only the program can say it. */
export const VARIABLE_OF: Readonly<Record<keyof ExporterOptions, string | undefined>> = {
  delivery: DELIVERY.variable,
  endpoint: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  headers: 'OTEL_EXPORTER_OTLP_HEADERS',
  serviceName: 'OTEL_SERVICE_NAME',
  resourceAttributes: 'OTEL_RESOURCE_ATTRIBUTES',
  exitBudgetMs: NUMBERS.exitBudgetMs.variable,
  answerBudgetMs: NUMBERS.answerBudgetMs.variable,
  inDoubt: IN_DOUBT.variable,
  persistIntervalMs: NUMBERS.persistIntervalMs.variable,
  observationIntervalMs: NUMBERS.observationIntervalMs.variable,
  spoolDir: 'EPHEMETRY_SPOOL_DIR',
  spoolLimitBytes: NUMBERS.spoolLimitBytes.variable,
  spoolLimitFiles: NUMBERS.spoolLimitFiles.variable,
  spoolLimitHours: NUMBERS.spoolLimitHours.variable,
  handleSignals: SIGNALS.variable,
  countLosses: undefined,
  onVerdict: undefined,
  env: undefined,
};

/** The `OTEL_EXPORTER_OTLP_*` variables that are read; each has a `METRICS_` form that wins. */
export const OTLP_EXPORTER_VARIABLES: readonly string[] = [
  'ENDPOINT',
  'HEADERS',
  'TIMEOUT',
  'COMPRESSION',
  'CERTIFICATE',
  'CLIENT_CERTIFICATE',
  'CLIENT_KEY',
  'PROTOCOL',
].flatMap((name) => [`OTEL_EXPORTER_OTLP_${name}`, `OTEL_EXPORTER_OTLP_METRICS_${name}`]);
