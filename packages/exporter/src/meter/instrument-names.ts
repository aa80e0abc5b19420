/**
 * Which instrument a name stands for, over all meters of a process. Receivers show one kind under one name: of a counter and
 * a gauge Prometheus shows one, and what the other measured would be lost without a word. So the first one counts, and the
 * second is told when it is created. The SDK sends both and warns: https://opentelemetry.io/docs/specs/otel/metrics/sdk/#duplicate-instrument-registration.
 */
import type { Complaints } from './complaints.ts';
import type { InstrumentIdentity } from './instrument-identity.ts';

/** Owned by a meter provider. */
export class InstrumentNames {
  readonly #first: Map<string, InstrumentIdentity> = new Map();

  /** Whether what the instrument measures can be counted. Says what differs from the first instrument of its name. */
  admit(identity: InstrumentIdentity, complaints: Complaints): boolean {
    const { name, kind, unit } = identity;
    const folded = fold(name);
    const first = this.#first.get(folded) ?? identity;
    this.#first.set(folded, first);
    if (first.kind === kind) {
      if (first.unit !== unit)
        complaints.add(
          `${kind} ${name} was created twice, with the units "${first.unit}" and "${unit}"; receivers will add them together. Use one unit, or rename one`,
        );
      return true;
    }
    complaints.add(
      `${kind} ${name} records nothing, because receivers cannot tell it from the ${first.kind} ${first.name}; rename one`,
    );
    return false;
  }
}

/** Says what of a second instrument is not used, as the first one of its name and unit counts for both. */
export function complainOfDifferences(
  first: InstrumentIdentity,
  second: InstrumentIdentity,
  complaints: Complaints,
): void {
  const differences = [
    ...(first.description === second.description ? [] : ['description']),
    ...(first.valueType === second.valueType ? [] : ['value type']),
    ...(`${first.bounds}` === `${second.bounds}` ? [] : ['bounds']),
  ];
  if (differences.length === 0) return;
  const { name, kind } = second;
  complaints.add(
    `${kind} ${name} was created twice with different ${differences.join(' and ')}; the first definition is used for both. Make them the same, or rename one`,
  );
}

/** As Prometheus and the SDK do together: what one of them cannot tell apart is one name. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
}
