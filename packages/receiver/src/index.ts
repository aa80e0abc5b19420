/** What the command `receive` uses of the receiver. */
export type { FamilySnapshot } from './metric-family.ts';
export {
  type OtlpReceiver,
  type OtlpReceiverOptions,
  type RefusedRequest,
  startOtlpReceiver,
} from './otlp-receiver.ts';
export { numberText, seriesText } from './prometheus-text.ts';
export type { BatchReceipt } from './running-totals.ts';
