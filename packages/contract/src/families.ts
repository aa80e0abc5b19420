import { ALERTS_FAMILY } from './alerts/family.ts';
import { COMMAND_FAMILY } from './command/family.ts';
import { EPHEMETRY_FAMILY } from './ephemetry/family.ts';
import { FAB_FAMILY } from './fab/family.ts';
import { FORGE_FAMILY } from './forge/family.ts';
import { HEALTH_FAMILY } from './health/family.ts';
import { MERGE_FAMILY } from './merge/family.ts';
import type { MetricDefinition, MetricFamily } from './metric.ts';
import { TESTS_FAMILY } from './tests/family.ts';

/** Every metric family of the contract by its name. A new family joins here and in its own folder. */
export const METRIC_FAMILIES: {
  readonly fab: typeof FAB_FAMILY;
  readonly merge: typeof MERGE_FAMILY;
  readonly ephemetry: typeof EPHEMETRY_FAMILY;
  readonly tests: typeof TESTS_FAMILY;
  readonly forge: typeof FORGE_FAMILY;
  readonly health: typeof HEALTH_FAMILY;
  readonly command: typeof COMMAND_FAMILY;
  readonly alerts: typeof ALERTS_FAMILY;
} = {
  fab: FAB_FAMILY,
  merge: MERGE_FAMILY,
  ephemetry: EPHEMETRY_FAMILY,
  tests: TESTS_FAMILY,
  forge: FORGE_FAMILY,
  health: HEALTH_FAMILY,
  command: COMMAND_FAMILY,
  alerts: ALERTS_FAMILY,
};

/** The family that declares this metric. @throws RangeError when none does: it was not taken from the contract. */
export function familyOf(metric: MetricDefinition): MetricFamily {
  const families: readonly MetricFamily[] = Object.values(METRIC_FAMILIES);
  const owner = families.find((family) =>
    Object.values(family.metrics).some((declared) => declared.name === metric.name),
  );
  if (owner === undefined) {
    const known = Object.keys(METRIC_FAMILIES).join(', ');
    throw new RangeError(
      `No metric family declares "${metric.name}". Families: ${known}. Declare it in packages/contract/src.`,
    );
  }
  return owner;
}
