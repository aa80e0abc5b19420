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
 * The same environment with metrics alone coming here, as deltas and every second where it does not say otherwise. Traces
 * and logs go where they went.
 */
export function withOffer(env: NodeJS.ProcessEnv, { url, token }: OtlpOffer): NodeJS.ProcessEnv {
  const asked = present(env[PROTOCOL]) ?? present(env['OTEL_EXPORTER_OTLP_PROTOCOL']);
  return {
    ...env,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url,
    [PROTOCOL]: asked === 'http/json' ? asked : 'http/protobuf',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: `${TOKEN_HEADER}=${token}`,
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    OTEL_METRIC_EXPORT_INTERVAL: present(env['OTEL_METRIC_EXPORT_INTERVAL']) ?? '1000',
    ...compression(env),
    ...buckets(env),
  };
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
