/** What of the program's environment concerns the endpoint. */

/** The endpoint in messages, as long as the delivery thread has not parsed the official configuration. */
export function likelyEndpoint(chosen: string | undefined, env: NodeJS.ProcessEnv): string {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://localhost:4318';
  return chosen ?? env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? `${base.replace(/\/$/, '')}/v1/metrics`;
}

/** What the official configuration and Node's TLS read in the delivery thread, whose own environment is empty. */
export function otlpVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (name.startsWith('OTEL_') || name === 'NODE_TLS_REJECT_UNAUTHORIZED') variables[name] = value;
  }
  return variables;
}
