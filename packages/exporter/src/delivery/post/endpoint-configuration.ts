/** The endpoint as the OpenTelemetry exporter itself would configure it: the `OTEL_EXPORTER_OTLP_*` family. */
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { endpointName, isHttpUrl } from '../../endpoint-name.ts';
import type { EndpointOptions } from '../messages.ts';
import type { Endpoint } from './endpoint.ts';

const DEFAULT_URL = 'http://localhost:4318/v1/metrics';

/**
 * Reads `OTEL_EXPORTER_OTLP_*` from `process.env` of the calling thread. What the official parser warns
 * about is returned in `problems`.
 */
export async function configureEndpoint(
  options: EndpointOptions & { readonly acceptsAny2xx?: boolean },
): Promise<{ endpoint: Endpoint; problems: string[] }> {
  const problems: string[] = [];
  const configuration = listenToDiag(problems, () => convert(options, problems));
  const { protocol } = new URL(configuration.url);
  const { request } = protocol === 'https:' ? await import('node:https') : await import('node:http');
  const endpoint = {
    url: configuration.url,
    headers: await configuration.headers(),
    // Loaded by those who use it: half a MiB.
    gzip: configuration.compression === 'gzip' ? (await import('node:zlib')).gzipSync : undefined,
    timeoutMs: configuration.timeoutMillis,
    request,
    agent: await configuration.agentFactory(protocol),
    acceptsAny2xx: options.acceptsAny2xx ?? false,
  };
  return { endpoint, problems };
}

type HttpConfiguration = ReturnType<typeof convertLegacyHttpOptions>;

function convert(options: EndpointOptions, problems: string[]): HttpConfiguration {
  const chosen = {
    ...(isHttpUrl(options.endpoint) ? { url: options.endpoint } : {}),
    ...(options.headers === undefined ? {} : { headers: { ...options.headers } }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMillis: options.timeoutMs }),
  };
  const configuration = convertLegacyHttpOptions(chosen, 'METRICS', 'v1/metrics', {
    'Content-Type': 'application/json',
  });
  const url = isHttpUrl(configuration.url) ? configuration.url : DEFAULT_URL;
  const wrong = [options.endpoint, configuration.url].filter((given) => !isHttpUrl(given ?? DEFAULT_URL));
  for (const given of wrong) {
    problems.push(
      `the endpoint is "${endpointName(given ?? '')}", allowed is an http:// or https:// URL (option endpoint, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT); using ${endpointName(url)}`,
    );
  }
  return { ...configuration, url };
}

/** The official parser reports wrong values to the diag logger; nobody else uses the diag of this thread meanwhile. */
function listenToDiag<T>(problems: string[], parse: () => T): T {
  const collect = (message: string): void =>
    void problems.push(nameEndpoints(message.replace(/^Configuration: /, '')));
  const ignore = (): void => {};
  diag.setLogger(
    { error: collect, warn: collect, info: ignore, debug: ignore, verbose: ignore },
    {
      logLevel: DiagLogLevel.WARN,
      suppressOverrideMessage: true,
    },
  );
  try {
    return parse();
  } finally {
    diag.disable();
  }
}

/** The official parser quotes what it was given. */
function nameEndpoints(message: string): string {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base = '', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: full = '' } =
    process.env;
  return [base.trim(), full.trim()].reduce(
    (text, given) => (given === '' ? text : text.replaceAll(given, () => endpointName(given))),
    message,
  );
}
