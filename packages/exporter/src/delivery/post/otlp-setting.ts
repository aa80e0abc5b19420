/** How a setting of the `OTEL_EXPORTER_OTLP_*` family is read. */

/** The variables of a program. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of `OTEL_EXPORTER_OTLP_<name>`, with the variable that it came from; the form for metrics wins. */
export function otlpSetting(
  env: Environment,
  name: string,
): { readonly variable: string; readonly value: string } | undefined {
  for (const variable of [`OTEL_EXPORTER_OTLP_METRICS_${name}`, `OTEL_EXPORTER_OTLP_${name}`]) {
    const value = env[variable]?.trim() ?? '';
    if (value !== '') return { variable, value };
  }
  return undefined;
}
