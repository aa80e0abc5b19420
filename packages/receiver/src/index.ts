export type { FamilySnapshot, SeriesSnapshot } from './family-totals.ts';
export {
  type HookAnswer,
  type MetricsPage,
  type MetricsPageOptions,
  type PageHook,
  startMetricsPage,
} from './metrics-page.ts';
export {
  type OtlpReceiver,
  type OtlpReceiverOptions,
  RECEIVER_DEFAULTS,
  type RefusedRequest,
  startOtlpReceiver,
} from './otlp-receiver.ts';
export { numberText, seriesText } from './prometheus-text.ts';
export type { RefusedPoints } from './refusals.ts';
export { type BatchReceipt, TOTALS_DEFAULTS, type TotalsLimits } from './running-totals.ts';
