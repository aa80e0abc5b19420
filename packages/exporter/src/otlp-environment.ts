/** What of the program's environment concerns the endpoint. */
import type { EndpointOptions } from './delivery/messages.ts';
import { endpointName } from './endpoint-name.ts';
import { textOf } from './text-of.ts';

/** The endpoint in messages, as long as the delivery thread has not read its configuration. */
export function likelyEndpoint(chosen: string | undefined, env: NodeJS.ProcessEnv): string {
  const base = String(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://localhost:4318');
  const url = chosen ?? env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? `${base.replace(/\/$/, '')}/v1/metrics`;
  return endpointName(textOf(url));
}

/** What the delivery thread reads of the environment: its own is empty. */
export function otlpVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (typeof value !== 'string') continue;
    if (name.startsWith('OTEL_') || name === 'NODE_TLS_REJECT_UNAUTHORIZED') variables[name] = value;
  }
  return variables;
}

/** As text: what a caller without types passes must not fail on its way to the delivery thread. */
export function endpointOptions({ endpoint, headers, timeoutMs }: EndpointOptions): EndpointOptions {
  const given = Object.entries(headers ?? {}).filter(([, value]) => (value ?? undefined) !== undefined);
  return {
    headers: Object.fromEntries(given.map(([name, value]) => [name, textOf(value)])),
    ...((endpoint ?? undefined) === undefined ? {} : { endpoint: textOf(endpoint) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
