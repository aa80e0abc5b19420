import { type LabelDefinition, UNKNOWN } from './metric.ts';

/**
 * The value when the label allows it, {@link UNKNOWN} otherwise: what keeps a label's series countable.
 * Comparison is exact (case matters). A missing value is unknown too.
 *
 * @example
 * ```ts
 * boundLabel(FAB_LABELS.result, 'pass');   // 'pass'
 * boundLabel(FAB_LABELS.result, 'PASSED'); // 'unknown'
 * ```
 */
export function boundLabel<Value extends string>(
  label: LabelDefinition<string, Value>,
  value: string | undefined,
): Value | typeof UNKNOWN {
  return label.values.find((allowed) => allowed === value) ?? UNKNOWN;
}
