import { type LabelDefinition, UNKNOWN } from './metric.ts';

/**
 * The value when the label allows it, {@link UNKNOWN} otherwise: what keeps a label's series countable.
 * Comparison is exact (case matters). A missing value is unknown too.
 *
 * @param declared - what the deployment declares for this label, see `declaredValues`. @default nothing
 * @throws RangeError when values are declared for a label whose values the contract knows.
 *
 * @example
 * ```ts
 * boundLabel(FAB_LABELS.result, 'pass');   // 'pass'
 * boundLabel(FAB_LABELS.result, 'PASSED'); // 'unknown'
 * boundLabel(TESTS_LABELS.suite, 'hermes', ['hermes']); // 'hermes'
 * ```
 */
export function boundLabel<Value extends string, Declared extends string = never>(
  label: LabelDefinition<string, Value>,
  value: string | undefined,
  declared: readonly Declared[] = [],
): Value | Declared | typeof UNKNOWN {
  if (declared.length > 0 && label.declared === undefined) {
    throw new RangeError(
      `The values of the label "${label.name}" are those of the contract (${label.values.join(', ')}): a deployment declares none.`,
    );
  }
  const allowed: readonly (Value | Declared | typeof UNKNOWN)[] = [...label.values, ...declared];
  return allowed.find((each) => each === value) ?? UNKNOWN;
}
