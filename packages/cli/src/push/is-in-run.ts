/** Under `ephemetry run` the wrapper delivers, when the command has ended; its address is gone by the time a drain would come. */
export function isInRun(env: NodeJS.ProcessEnv): boolean {
  return env['OTEL_EXPORTER_OTLP_METRICS_HEADERS']?.includes('ephemetry-token=') === true;
}
