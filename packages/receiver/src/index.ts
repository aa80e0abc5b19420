export type { FamilySnapshot, SeriesSnapshot } from './metric-family.ts';
export {
  type OtlpReceiver,
  type OtlpReceiverOptions,
  type RefusedRequest,
  startOtlpReceiver,
} from './otlp-receiver.ts';
export { numberText, seriesText } from './prometheus-text.ts';
export type { Refusal } from './refusals.ts';
export type { BatchReceipt, TotalsLimits } from './running-totals.ts';
