import type { FabMetricKey } from '@ephemetry/contract';

/** One value for one instrument of the contract. */
export interface Measurement {
  readonly metric: FabMetricKey;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
