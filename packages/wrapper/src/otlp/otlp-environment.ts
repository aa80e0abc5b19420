/** What the environment of a command says of where its metrics go. */

/** The address at which the wrapper takes them. */
export interface OtlpOffer {
  readonly url: string;
  readonly token: string;
}

/** The header that carries the token: nobody else on this machine is taken for the command. */
export const TOKEN_HEADER = 'ephemetry-token';

const PROTOCOL = 'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL';

/** Whether the command was asked to speak gRPC, which the wrapper does not. */
export function asksForGrpc(env: NodeJS.ProcessEnv): boolean {
  return (present(env[PROTOCOL]) ?? present(env['OTEL_EXPORTER_OTLP_PROTOCOL'])) === 'grpc';
}

/** Packings that the wrapper takes. */
const COMPRESSIONS: readonly string[] = ['gzip', 'none'];

/**
 * How often a command exports where it does not say so. An SDK cancels an export that takes longer than the time-out, and of
 * deltas nothing comes again: the time-out is as long as the interval lets it be. Above it, the default of 30 s included,
 * Node's SDK throws (sdk-node 0.57 to 0.208) or starts nothing (`startNodeSDK`), and that of C++ exports once a minute, at
 * the same number too. The first answer waits for what reads OTLP to be loaded: 0.4 s on a busy machine, 2 s on one where
 * eight others want each processor; the others take milliseconds.
 */
const EXPORT_EVERY_MS = 2000;
const EXPORT_WITHIN_MS = 1900;

/** What SDKs take for an interval that nobody sets. */
const DEFAULT_INTERVAL_MS = 60_000;

/**
 * The same environment with metrics alone coming here, as deltas and every two seconds where it does not say otherwise.
 * Traces and logs go where they went.
 */
export function withOffer(env: NodeJS.ProcessEnv, { url, token }: OtlpOffer): NodeJS.ProcessEnv {
  const asked = present(env[PROTOCOL]) ?? present(env['OTEL_EXPORTER_OTLP_PROTOCOL']);
  return {
    ...env,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url,
    [PROTOCOL]: asked === 'http/json' ? asked : 'http/protobuf',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: `${TOKEN_HEADER}=${token}`,
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    ...interval(env),
    ...compression(env),
    ...buckets(env),
  };
}

/** A time-out that somebody set is kept, and the interval is above it. */
function interval(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (present(env['OTEL_METRIC_EXPORT_INTERVAL']) !== undefined) return {};
  const asked = Number(present(env['OTEL_METRIC_EXPORT_TIMEOUT']));
  if (!(asked > 0))
    return {
      OTEL_METRIC_EXPORT_INTERVAL: String(EXPORT_EVERY_MS),
      OTEL_METRIC_EXPORT_TIMEOUT: String(EXPORT_WITHIN_MS),
    };
  const every = Math.max(EXPORT_EVERY_MS, Math.floor(asked) + 1);
  return every < DEFAULT_INTERVAL_MS ? { OTEL_METRIC_EXPORT_INTERVAL: String(every) } : {};
}

/** One that the wrapper does not take would be refused for ever; it is meant for the Collector. */
function compression(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const variable = 'OTEL_EXPORTER_OTLP_METRICS_COMPRESSION';
  const asked = present(env[variable]) ?? present(env['OTEL_EXPORTER_OTLP_COMPRESSION']);
  return asked === undefined || COMPRESSIONS.includes(asked) ? {} : { [variable]: 'gzip' };
}

/** Exponential ones cannot be added up here or at a gateway, and would be refused. */
function buckets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const variable = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION';
  return present(env[variable]) === undefined ? {} : { [variable]: 'explicit_bucket_histogram' };
}

function present(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
