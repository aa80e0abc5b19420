/** For pushing single measurements: read, checked and written as batches. */
export { deliverInTurn, endTurn, takeTurn } from './push/delivery-turn.ts';
export { JSON_LINE_RULE, type ReadLine, readJsonLine } from './push/json-line.ts';
export {
  type Distribution,
  distributionOf,
  faultOf,
  type Measurement,
  type MeasurementHead,
} from './push/measurement.ts';
export { type LineFault, type PrometheusText, readPrometheusText } from './push/prometheus-text.ts';
export { PUSH_SERVICE } from './push/pushed-body.ts';
export { Pusher, type PushSink } from './push/pusher.ts';
