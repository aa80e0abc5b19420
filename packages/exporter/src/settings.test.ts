import { describe, expect, test } from 'vitest';
import type { ExporterOptions } from './exporter-options.ts';
import { NUMBERS, type NumberOption } from './setting-table.ts';
import { resolveSettings } from './settings.ts';

const DEFAULTS = {
  enabled: true,
  debug: false,
  delivery: 'send',
  exitBudgetMs: 250,
  answerBudgetMs: 1000,
  inDoubt: 'resend',
  persistIntervalMs: 1000,
  observationIntervalMs: 60_000,
  handleSignals: true,
  acceptsAny2xx: false,
  spoolDir: undefined,
  spoolLimits: { bytes: 67_108_864, files: 1000, ageMs: 604_800_000 },
  problems: [],
};

test('nothing given means the defaults', () => {
  expect(resolveSettings({}, {})).toEqual(DEFAULTS);
});

test('an empty or blank variable means nothing given', () => {
  const env = {
    EPHEMETRY_DELIVERY: '',
    EPHEMETRY_EXIT_BUDGET_MS: ' ',
    EPHEMETRY_SPOOL_DIR: '',
    OTEL_SDK_DISABLED: '',
  };
  expect(resolveSettings({ spoolDir: '' }, env)).toEqual(DEFAULTS);
});

test('null, and text that is none, are nothing given: callers without types pass them', () => {
  const nulls = {
    delivery: null,
    exitBudgetMs: null,
    handleSignals: null,
    spoolDir: null,
    spoolLimitFiles: null,
  };
  // @ts-expect-error: what JavaScript may pass.
  expect(resolveSettings(nulls, {})).toEqual(DEFAULTS);
  // @ts-expect-error: what JavaScript may pass.
  expect(resolveSettings({ spoolDir: 5 }, { EPHEMETRY_SPOOL_DIR: 5, OTEL_LOG_LEVEL: {} })).toEqual(DEFAULTS);
  // @ts-expect-error: what JavaScript may pass.
  expect(resolveSettings(nulls, { EPHEMETRY_EXIT_BUDGET_MS: 'soon' }).problems).toEqual([
    expect.stringMatching(/^EPHEMETRY_EXIT_BUDGET_MS is "soon"/),
  ]);
});

test('the environment wins over the default', () => {
  const settings = resolveSettings(
    {},
    {
      EPHEMETRY_DELIVERY: ' SPOOL-ONLY ',
      EPHEMETRY_EXIT_BUDGET_MS: '0',
      EPHEMETRY_ANSWER_BUDGET_MS: '500',
      EPHEMETRY_IN_DOUBT: 'Keep',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      EPHEMETRY_PERSIST_INTERVAL_MS: '50',
      EPHEMETRY_SIGNALS: 'off',
      EPHEMETRY_ACCEPT_ANY_2XX: 'on',
      EPHEMETRY_SPOOL_DIR: '/srv/spool',
      EPHEMETRY_SPOOL_LIMIT_BYTES: '65536',
      EPHEMETRY_SPOOL_LIMIT_FILES: '2',
      EPHEMETRY_SPOOL_LIMIT_HOURS: '1',
      OTEL_LOG_LEVEL: 'DEBUG',
    },
  );
  expect(settings).toEqual({
    enabled: true,
    debug: true,
    delivery: 'spool-only',
    exitBudgetMs: 0,
    answerBudgetMs: 500,
    inDoubt: 'keep',
    persistIntervalMs: 50,
    observationIntervalMs: 500,
    handleSignals: false,
    acceptsAny2xx: true,
    spoolDir: '/srv/spool',
    spoolLimits: { bytes: 65_536, files: 2, ageMs: 3_600_000 },
    problems: [],
  });
});

test('an option wins over the environment', () => {
  const options: ExporterOptions = {
    delivery: 'send',
    exitBudgetMs: 7,
    handleSignals: true,
    spoolDir: '/option',
    spoolLimitFiles: 9,
  };
  const env = {
    EPHEMETRY_DELIVERY: 'spool-only',
    EPHEMETRY_EXIT_BUDGET_MS: 'not asked',
    EPHEMETRY_SIGNALS: 'off',
    EPHEMETRY_SPOOL_DIR: '/variable',
    EPHEMETRY_SPOOL_LIMIT_FILES: '8',
  };
  expect(resolveSettings(options, env)).toMatchObject({
    delivery: 'send',
    exitBudgetMs: 7,
    handleSignals: true,
    spoolDir: '/option',
    spoolLimits: { files: 9 },
    problems: [],
  });
});

describe('a wrong value is named with what is allowed and what is used', () => {
  const numbers = Object.keys(NUMBERS).filter((name): name is NumberOption => name in NUMBERS);

  for (const option of numbers) {
    const { variable, byDefault, least, most } = NUMBERS[option];
    const allowed = `allowed: a number from ${least} to ${most}. Using ${byDefault}`;

    test.each([`${least - 1}`, `${most + 1}`, 'soon', 'NaN', 'Infinity', '1 s'])(`${variable}=%s`, (text) => {
      const settings = resolveSettings({}, { [variable]: text });
      expect(settings).toEqual({ ...DEFAULTS, problems: [`${variable} is "${text}"; ${allowed}`] });
    });

    test.each([least - 1, most + 1, Number.NaN])(`option ${option}: %s`, (value) => {
      const settings = resolveSettings({ [option]: value }, {});
      expect(settings).toEqual({ ...DEFAULTS, problems: [`option ${option} is ${value}; ${allowed}`] });
    });

    test.each([least, most])(`the bound %s of ${option} is allowed`, (value) => {
      expect(resolveSettings({ [option]: value }, {}).problems).toEqual([]);
    });
  }

  test.each([
    [{ EPHEMETRY_DELIVERY: 'post' }, 'EPHEMETRY_DELIVERY is "post"; allowed: send or spool-only. Using send'],
    [{ EPHEMETRY_SIGNALS: 'true' }, 'EPHEMETRY_SIGNALS is "true"; allowed: on or off. Using on'],
    [{ OTEL_SDK_DISABLED: 'yes' }, 'OTEL_SDK_DISABLED is "yes"; allowed: true or false. Using false'],
    [
      { OTEL_METRICS_EXPORTER: 'prometheus' },
      'OTEL_METRICS_EXPORTER is "prometheus"; allowed: otlp or none. Using otlp',
    ],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; allowed: http/json or http/protobuf. Using http/json (a Collector takes both on port 4318)',
    ],
    [
      { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
      'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL is "grpc"; allowed: http/json or http/protobuf. Using http/json (a Collector takes both on port 4318)',
    ],
  ])('%j', (env, problem) => {
    expect(resolveSettings({}, env)).toEqual({ ...DEFAULTS, problems: [problem] });
  });
});

test('a protocol that another variable overrides is not warned about', () => {
  const env = {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
  };
  expect(resolveSettings({}, env)).toEqual(DEFAULTS);
});

test.each([
  [{ OTEL_SDK_DISABLED: 'TRUE' }, false],
  [{ OTEL_SDK_DISABLED: 'false' }, true],
  [{ OTEL_METRICS_EXPORTER: 'none' }, false],
  [{ OTEL_METRICS_EXPORTER: 'console, otlp' }, true],
])('%j: enabled is %s', (env, enabled) => {
  expect(resolveSettings({}, env)).toEqual({ ...DEFAULTS, enabled });
});

test.each([
  [
    { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Cumulative' },
    /"Cumulative"; only delta is supported/,
  ],
  [
    { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'lowmemory' },
    /"lowmemory"; only delta is supported/,
  ],
  [{ OTEL_CONFIG_FILE: 'otel.yaml' }, /"otel.yaml", but configuration files are not supported. Use /],
])('a setting of OpenTelemetry that is not honoured is said, with what to do: %j', (env, said) => {
  expect(resolveSettings({}, env)).toEqual({ ...DEFAULTS, problems: [expect.stringMatching(said)] });
});

test('a preference that is honoured is not said', () => {
  const env = { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta', OTEL_CONFIG_FILE: ' ' };
  expect(resolveSettings({}, env)).toEqual(DEFAULTS);
});
