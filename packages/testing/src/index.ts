export { type AssertTotalsOptions, assertTotals, type ExpectedTotals } from './assert-totals.ts';
export { type Batch, parseBatches } from './batch.ts';
export type { Behaviour } from './behaviour.ts';
export type { CounterPoint, DataPoint, GaugePoint, HistogramPoint } from './data-point.ts';
export { MalformedBody } from './json-reader.ts';
export { canonicalLabels, type Labels } from './labels.ts';
export { childrenOf, type ListedProcess } from './process-list.ts';
export {
  type Ended,
  type ProgramOptions,
  ProgramTimeout,
  type RunningProgram,
  type SignalWhen,
} from './program.ts';
export { type Lines, readLines, readTotals } from './read-totals.ts';
export type { Receiver, ReceiverOptions } from './receiver.ts';
export type { Content, RecordedRequest } from './recorded-request.ts';
export { runProgram } from './run-program.ts';
export { runUnshared, type UnsharedEnded, unsharedUnavailable } from './run-unshared.ts';
export { startReceiver } from './start-receiver.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';
export { type HistogramTotal, type Series, type Totals, totalsOf } from './totals.ts';
export { type WaitOptions, waitFor } from './wait-for.ts';
