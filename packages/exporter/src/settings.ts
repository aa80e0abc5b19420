/**
 * Every setting of the exporter: options over environment over default. A wrong value is reported and the default is
 * used.
 */
import type { Delivery, ExporterOptions, InDoubt } from './exporter-options.ts';
import {
  ACCEPT_ANY_2XX,
  type ChoiceSetting,
  DELIVERY,
  IN_DOUBT,
  NUMBERS,
  type NumberOption,
  SIGNALS,
} from './setting-table.ts';
import { textOf } from './text-of.ts';

/** The resolved settings. Values are valid; nothing inside checks them again. */
export interface Settings {
  readonly enabled: boolean;
  /** `OTEL_LOG_LEVEL`: says on stderr what happens, also when all is well. */
  readonly debug: boolean;
  readonly delivery: Delivery;
  readonly exitBudgetMs: number;
  readonly answerBudgetMs: number;
  /** What becomes of a batch that was sent and never answered. */
  readonly inDoubt: InDoubt;
  readonly persistIntervalMs: number;
  readonly observationIntervalMs: number;
  readonly handleSignals: boolean;
  /** `EPHEMETRY_ACCEPT_ANY_2XX`: whether every 2xx answer is a delivery, also of what does not speak OTLP. */
  readonly acceptsAny2xx: boolean;
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

/** The limits of a program that names none. */
export const DEFAULT_SPOOL_LIMITS: SpoolLimits = {
  bytes: NUMBERS.spoolLimitBytes.byDefault,
  files: NUMBERS.spoolLimitFiles.byDefault,
  ageMs: NUMBERS.spoolLimitHours.byDefault * HOUR_MS,
};

/**
 * Resolves {@link Settings}: options over `env` over defaults. For programs that work beside an exporter and must see
 * what it sees. Never throws.
 *
 * @example
 * ```ts
 * import { resolveSettings } from '@ephemetry/exporter';
 *
 * const { delivery, problems } = resolveSettings({}, { EPHEMETRY_DELIVERY: 'pigeon' });
 * console.assert(delivery === 'send' && problems.length === 1);
 * ```
 */
export function resolveSettings(options: ExporterOptions, env: NodeJS.ProcessEnv): Settings {
  const problems: string[] = [];
  const from = new SettingReader(env, problems);
  from.refuseGrpc();
  from.sayNotHonoured();
  return {
    enabled: !from.flag('OTEL_SDK_DISABLED') && from.exportsMetrics(),
    debug: ['debug', 'verbose', 'all'].includes(presentText(env['OTEL_LOG_LEVEL'])?.toLowerCase() ?? ''),
    delivery: from.choice('delivery', options.delivery, DELIVERY),
    exitBudgetMs: from.number('exitBudgetMs', options),
    answerBudgetMs: from.number('answerBudgetMs', options),
    inDoubt: from.choice('inDoubt', options.inDoubt, IN_DOUBT),
    persistIntervalMs: from.number('persistIntervalMs', options),
    observationIntervalMs: from.number('observationIntervalMs', options),
    handleSignals: from.choice('handleSignals', toOnOff(options.handleSignals), SIGNALS) === 'on',
    acceptsAny2xx: from.choice(undefined, undefined, ACCEPT_ANY_2XX) === 'on',
    spoolDir: presentText(options.spoolDir) ?? presentText(env['EPHEMETRY_SPOOL_DIR']),
    spoolLimits: {
      bytes: from.number('spoolLimitBytes', options),
      files: from.number('spoolLimitFiles', options),
      ageMs: from.number('spoolLimitHours', options) * HOUR_MS,
    },
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

  number(option: NumberOption, options: ExporterOptions): number {
    const { variable, byDefault, least, most } = NUMBERS[option];
    const given = options[option] ?? undefined;
    const text = presentText(this.#env[variable]);
    const value = given ?? (text === undefined ? byDefault : Number(text));
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    const name = given === undefined ? variable : `option ${option}`;
    this.#problems.push(
      `${name} is ${textOf(given ?? `"${text}"`)}; allowed: a number from ${least} to ${most}. Using ${byDefault}`,
    );
    return byDefault;
  }

  choice<Word extends string>(
    option: keyof ExporterOptions | undefined,
    chosen: Word | undefined,
    { variable, allowed }: ChoiceSetting<Word>,
  ): Word {
    const given = chosen ?? undefined;
    const text = given ?? presentText(this.#env[variable])?.toLowerCase();
    if (text === undefined) return allowed[0];
    const found = allowed.find((value) => value === text);
    if (found !== undefined) return found;
    const name = given === undefined ? variable : `option ${option}`;
    this.#problems.push(
      `${name} is "${textOf(text)}"; allowed: ${allowed.join(' or ')}. Using ${allowed[0]}`,
    );
    return allowed[0];
  }

  flag(variable: string): boolean {
    const text = presentText(this.#env[variable])?.toLowerCase();
    if (text !== undefined && text !== 'true' && text !== 'false') {
      this.#problems.push(`${variable} is "${text}"; allowed: true or false. Using false`);
    }
    return text === 'true';
  }

  exportsMetrics(): boolean {
    const exporters = (presentText(this.#env['OTEL_METRICS_EXPORTER']) ?? 'otlp')
      .split(',')
      .map((name) => name.trim());
    if (exporters.includes('otlp')) return true;
    if (!exporters.includes('none')) {
      this.#problems.push(
        `OTEL_METRICS_EXPORTER is "${exporters.join(',')}"; allowed: otlp or none. Using otlp`,
      );
      return true;
    }
    return false;
  }

  /** Batches are OTLP/JSON over HTTP whatever the protocol says; only gRPC would usually mean another port. */
  refuseGrpc(): void {
    const variables = ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];
    const variable = variables.find((name) => presentText(this.#env[name]) !== undefined);
    const protocol = variable === undefined ? undefined : presentText(this.#env[variable]);
    if (protocol === undefined || protocol === 'http/json' || protocol === 'http/protobuf') return;
    this.#problems.push(
      `${variable} is "${protocol}"; allowed: http/json or http/protobuf. Using http/json (a Collector takes both on port 4318)`,
    );
  }

  /** Settings that would change what a backend gets, and that a host may believe in. */
  sayNotHonoured(): void {
    const temporality = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
    const preference = presentText(this.#env[temporality]);
    if (preference !== undefined && preference.toLowerCase() !== 'delta')
      this.#problems.push(
        `${temporality} is "${preference}"; only delta is supported. Using delta; for cumulative totals, put a Collector with the deltatocumulative processor in between`,
      );
    const file = presentText(this.#env['OTEL_CONFIG_FILE']);
    if (file !== undefined)
      this.#problems.push(
        `OTEL_CONFIG_FILE is set to "${file}", but configuration files are not supported. Use OTEL_EXPORTER_OTLP_* and EPHEMETRY_* variables, or options`,
      );
  }
}

function toOnOff(given: boolean | undefined): 'on' | 'off' | undefined {
  return (given ?? undefined) === undefined ? undefined : given ? 'on' : 'off';
}

/** What is not text counts as not given: a caller without types may pass null. */
export function presentText(text: string | undefined): string | undefined {
  return typeof text !== 'string' || text.trim() === '' ? undefined : text.trim();
}
