import { diag } from '@opentelemetry/api';

/**
 * Runs a piece of telemetry inside the host's own call: whatever it throws stays here, and `OTEL_LOG_LEVEL=debug`
 * shows it. Undefined when it threw.
 */
export function quietly<Result>(measure: () => Result): Result | undefined {
  try {
    return measure();
  } catch (error) {
    diag.debug('ephemetry: a measurement of fab was skipped', error);
    return undefined;
  }
}
