/**
 * What `ephemetry receive` says about itself on its own `/metrics`, beside what it was sent. No family: nobody sends
 * these, so no gateway announces them, and their labels need no `unknown`.
 */
import type { MetricDefinition } from '../metric.ts';

/** A metric of the receiver about itself. */
export interface ReceiveMetric
  extends Pick<MetricDefinition<ReceiveLabelName>, 'name' | 'unit' | 'description' | 'labels'> {
  readonly instrument: 'counter';
}

/** Names that begin so are the receiver's own: it refuses them from senders. */
export const RECEIVE_PREFIX = 'ephemetry_receive_';

/** Every label of the receiver's metrics by its own name, with all of its values. */
export const RECEIVE_LABELS = {
  reason: {
    name: 'reason',
    description: 'Why data points are refused',
    values: [
      'unsupported_type',
      'unknown_temporality',
      'malformed_point',
      'out_of_range',
      'no_time',
      'unbelievable_time',
      'too_large',
      'reserved_name',
      'type_conflict',
      'different_bounds',
      'series_limit',
      'stream_limit',
      'memory_limit',
    ],
  },
  status: {
    name: 'status',
    description: 'HTTP status of the answer',
    values: ['400', '404', '405', '413', '415', '500', '503'],
  },
} as const;

/** A label's name, as spelled on the series. */
export type ReceiveLabelName = keyof typeof RECEIVE_LABELS;

/** Every metric of the receiver about itself by a short key, sorted by name. */
export const RECEIVE_METRICS = {
  batches: {
    name: 'ephemetry_receive_batches_total',
    instrument: 'counter',
    unit: '{batch}',
    description: 'Batches received, duplicates included',
    labels: [],
  },
  duplicateBatches: {
    name: 'ephemetry_receive_duplicate_batches_total',
    instrument: 'counter',
    unit: '{batch}',
    description: 'Batches whose every data point was merged before',
    labels: [],
  },
  duplicatePoints: {
    name: 'ephemetry_receive_duplicate_points_total',
    instrument: 'counter',
    unit: '{point}',
    description: 'Data points that were merged before and were dropped',
    labels: [],
  },
  forgottenBatches: {
    name: 'ephemetry_receive_forgotten_batches_total',
    instrument: 'counter',
    unit: '{batch}',
    description: 'Batches whose repeat would not be noticed any more',
    labels: [],
  },
  points: {
    name: 'ephemetry_receive_points_total',
    instrument: 'counter',
    unit: '{point}',
    description: 'Data points merged',
    labels: [],
  },
  refusedPoints: {
    name: 'ephemetry_receive_refused_points_total',
    instrument: 'counter',
    unit: '{point}',
    description: 'Data points refused, told to the sender as partial success',
    labels: ['reason'],
  },
  refusedRequests: {
    name: 'ephemetry_receive_refused_requests_total',
    instrument: 'counter',
    unit: '{request}',
    description: 'Requests answered with a status other than 200',
    labels: ['status'],
  },
  restampedPoints: {
    name: 'ephemetry_receive_restamped_points_total',
    instrument: 'counter',
    unit: '{point}',
    description: 'Deltas that were counted although their time is not to be believed',
    labels: [],
  },
} as const;
