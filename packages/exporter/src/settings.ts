/**
 * Every setting of the exporter, resolved once when the first measurement is taken:
 * options over environment over default. A wrong value is reported and the default is used.
 */
import type { Attributes } from '@opentelemetry/api';
import type { Verdict } from './verdict.ts';

/** How batches leave: `send` posts them to a Collector, `spool-only` leaves them on disk for a sidecar. */
export type Delivery = 'send' | 'spool-only';

/** Options of `createMeterProvider`. Each one wins over the environment variable of the same meaning. */
export interface ExporterOptions {
  /** How batches leave. `EPHEMETRY_DELIVERY`. @default 'send' */
  readonly delivery?: Delivery;
  /** Full URL that batches are posted to. `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. @default 'http://localhost:4318/v1/metrics' */
  readonly endpoint?: string;
  /** HTTP headers added to every request. `OTEL_EXPORTER_OTLP_HEADERS`. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Resource attribute `service.name`. `OTEL_SERVICE_NAME`. @default 'unknown_service:node' */
  readonly serviceName?: string;
  /** Further resource attributes. `OTEL_RESOURCE_ATTRIBUTES`. @default none */
  readonly resourceAttributes?: Attributes;
  /** Longest time in milliseconds that a dying process waits for the Collector. `EPHEMETRY_EXIT_BUDGET_MS`. @default 250 */
  readonly exitBudgetMs?: number;
  /** Longest time in milliseconds that a measurement stays in memory only. `EPHEMETRY_PERSIST_INTERVAL_MS`. @default 1000 */
  readonly persistIntervalMs?: number;
  /** Directory of the spool. `EPHEMETRY_SPOOL_DIR`. @default '$XDG_STATE_HOME/ephemetry/spool', else '~/.local/state/ephemetry/spool', else one in the temporary directory */
  readonly spoolDir?: string;
  /** Most bytes kept in the spool; the oldest go first. `EPHEMETRY_SPOOL_LIMIT_BYTES`. @default 67108864 */
  readonly spoolLimitBytes?: number;
  /** Most files kept in the spool. `EPHEMETRY_SPOOL_LIMIT_FILES`. @default 1000 */
  readonly spoolLimitFiles?: number;
  /** Longest time in hours that an undelivered batch is kept. `EPHEMETRY_SPOOL_LIMIT_HOURS`. @default 168 */
  readonly spoolLimitHours?: number;
  /** Whether SIGINT, SIGTERM and SIGHUP are handled so that a signal delivers first. `EPHEMETRY_SIGNALS` (`on` | `off`). @default true */
  readonly handleSignals?: boolean;
  /** Called synchronously with the verdict when the process exits. */
  readonly onVerdict?: (verdict: Verdict) => void;
  /** The environment that settings are read from, at the first measurement. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/** The resolved settings. Values are valid; nothing inside checks them again. */
export interface Settings {
  readonly enabled: boolean;
  /** `OTEL_LOG_LEVEL`: says on stderr what happens, also when all is well. */
  readonly debug: boolean;
  readonly delivery: Delivery;
  readonly exitBudgetMs: number;
  readonly persistIntervalMs: number;
  readonly handleSignals: boolean;
  readonly spoolDir: string | undefined;
  readonly spoolLimits: SpoolLimits;
  /** One sentence per wrong value: what was given, what is allowed, what is used instead. */
  readonly problems: readonly string[];
}

/** What the spool may hold. The oldest files go first. */
export interface SpoolLimits {
  readonly bytes: number;
  readonly files: number;
  readonly ageMs: number;
}

const HOUR_MS = 3_600_000;

const DEFAULT_SPOOL_LIMITS: SpoolLimits = {
  bytes: 64 * 1024 * 1024,
  files: 1000,
  ageMs: 168 * HOUR_MS,
};

/** Resolves {@link Settings}. Never throws. */
export function resolveSettings(options: ExporterOptions, env: NodeJS.ProcessEnv): Settings {
  const problems: string[] = [];
  const from = new SettingReader(env, problems);
  from.refuseGrpc();
  return {
    enabled: !from.flag('OTEL_SDK_DISABLED') && from.exportsMetrics(),
    debug: ['debug', 'verbose', 'all'].includes((env['OTEL_LOG_LEVEL'] ?? '').trim().toLowerCase()),
    delivery: from.choice('delivery', options.delivery, 'EPHEMETRY_DELIVERY', ['send', 'spool-only']),
    exitBudgetMs: from.number(
      'exitBudgetMs',
      options.exitBudgetMs,
      'EPHEMETRY_EXIT_BUDGET_MS',
      250,
      0,
      60_000,
    ),
    persistIntervalMs: from.number(
      'persistIntervalMs',
      options.persistIntervalMs,
      'EPHEMETRY_PERSIST_INTERVAL_MS',
      1000,
      10,
      HOUR_MS,
    ),
    handleSignals:
      from.choice('handleSignals', toOnOff(options.handleSignals), 'EPHEMETRY_SIGNALS', ['on', 'off']) ===
      'on',
    spoolDir: options.spoolDir ?? present(env['EPHEMETRY_SPOOL_DIR']),
    spoolLimits: from.spoolLimits(options),
    problems,
  };
}

class SettingReader {
  readonly #env: NodeJS.ProcessEnv;
  readonly #problems: string[];

  constructor(env: NodeJS.ProcessEnv, problems: string[]) {
    this.#env = env;
    this.#problems = problems;
  }

  spoolLimits(options: ExporterOptions): SpoolLimits {
    const { bytes, files, ageMs } = DEFAULT_SPOOL_LIMITS;
    return {
      bytes: this.number(
        'spoolLimitBytes',
        options.spoolLimitBytes,
        'EPHEMETRY_SPOOL_LIMIT_BYTES',
        bytes,
        65_536,
        2 ** 40,
      ),
      files: this.number(
        'spoolLimitFiles',
        options.spoolLimitFiles,
        'EPHEMETRY_SPOOL_LIMIT_FILES',
        files,
        1,
        100_000,
      ),
      ageMs:
        HOUR_MS *
        this.number(
          'spoolLimitHours',
          options.spoolLimitHours,
          'EPHEMETRY_SPOOL_LIMIT_HOURS',
          ageMs / HOUR_MS,
          1,
          87_600,
        ),
    };
  }

  number(
    option: string,
    given: number | undefined,
    variable: string,
    byDefault: number,
    least: number,
    most: number,
  ): number {
    const text = present(this.#env[variable]);
    const value = given ?? (text === undefined ? byDefault : Number(text));
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    const name = given === undefined ? variable : `option ${option}`;
    this.#problems.push(
      `${name} is ${given ?? `"${text}"`}, allowed is a number from ${least} to ${most}; using ${byDefault}`,
    );
    return byDefault;
  }

  /** The first of `allowed` is the default. */
  choice<const T extends string>(
    option: string,
    given: T | undefined,
    variable: string,
    allowed: readonly [T, ...T[]],
  ): T {
    const text = given ?? present(this.#env[variable])?.toLowerCase();
    if (text === undefined) return allowed[0];
    const found = allowed.find((value) => value === text);
    if (found !== undefined) return found;
    const name = given === undefined ? variable : `option ${option}`;
    this.#problems.push(`${name} is "${text}", allowed is ${allowed.join(' or ')}; using ${allowed[0]}`);
    return allowed[0];
  }

  flag(variable: string): boolean {
    const text = present(this.#env[variable])?.toLowerCase();
    if (text !== undefined && text !== 'true' && text !== 'false') {
      this.#problems.push(`${variable} is "${text}", allowed is true or false; using false`);
    }
    return text === 'true';
  }

  exportsMetrics(): boolean {
    const exporters = (present(this.#env['OTEL_METRICS_EXPORTER']) ?? 'otlp')
      .split(',')
      .map((name) => name.trim());
    if (exporters.includes('otlp')) return true;
    if (!exporters.includes('none')) {
      this.#problems.push(
        `OTEL_METRICS_EXPORTER is "${exporters.join(',')}", allowed is otlp or none; using otlp`,
      );
      return true;
    }
    return false;
  }

  /** Batches are OTLP/JSON over HTTP whatever the protocol says; only gRPC would usually mean another port. */
  refuseGrpc(): void {
    for (const variable of ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
      const protocol = present(this.#env[variable]);
      if (protocol === undefined || protocol === 'http/json' || protocol === 'http/protobuf') continue;
      this.#problems.push(
        `${variable} is "${protocol}", allowed is http/json or http/protobuf; using http/json (a Collector takes both on port 4318)`,
      );
    }
  }
}

function toOnOff(given: boolean | undefined): 'on' | 'off' | undefined {
  return given === undefined ? undefined : given ? 'on' : 'off';
}

function present(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
