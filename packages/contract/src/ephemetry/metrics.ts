/** What became of batches that were not delivered by the run that wrote them. `./family.ts` checks their type. */

/** Every metric of ephemetry about itself by a short key. */
export const EPHEMETRY_METRICS = {
  drainedBatches: {
    name: 'ephemetry_drained_batches_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{batch}',
    description: 'Batches that a run left in its spool and something later delivered',
    labels: [],
    stability: 'experimental',
    notes:
      'Late, not lost. Counted in the spool by whoever delivered them, and reported by the next `ephemetry drain` or instrumented fab run there.',
    exampleQuery: 'sum(increase(ephemetry_drained_batches_total[1d]))',
  },
  inDoubtBatches: {
    name: 'ephemetry_in_doubt_batches_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{batch}',
    description: 'Batches that were sent again although they may have arrived before',
    labels: [],
    stability: 'experimental',
    notes:
      'A request was sent whole and its answer never seen: the process ended, or the endpoint was silent. A receiver that knows batches again counts each once; where it does not, so many batches at most are counted twice. How many wait in doubt now `ephemetry status` tells. Reported like the drained batches.',
    exampleQuery: 'sum(increase(ephemetry_in_doubt_batches_total[1d]))',
  },
  lostBatches: {
    name: 'ephemetry_lost_batches_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{batch}',
    description: 'Batches that will never arrive',
    labels: ['reason'],
    stability: 'experimental',
    notes:
      '`rejected`: the Collector refused them permanently; they are kept in `rejected/`. `expired`: a limit of the spool removed them (not told of a `spool-only` run, whose sidecar may have delivered them). `unsent`: the disk refused them and so did the Collector. `unreadable`: a process died in the middle of writing them. `abandoned`: they were sent and never answered, and `EPHEMETRY_IN_DOUBT=drop` gave them up; they may have arrived. Counted in the spool, at most once each. Reported by the next `ephemetry drain` or instrumented fab run on the same spool.',
    exampleQuery: 'sum by (reason) (increase(ephemetry_lost_batches_total[1d]))',
  },
  refusedPoints: {
    name: 'ephemetry_refused_points_total',
    instrument: 'counter',
    valueType: 'int',
    unit: '{point}',
    description: 'Data points that a Collector refused inside batches it accepted',
    labels: [],
    stability: 'experimental',
    notes: 'OTLP partial success: the protocol forbids sending them again. Reported like the lost batches.',
    exampleQuery: 'sum(increase(ephemetry_refused_points_total[1d]))',
  },
} as const;

/** A key of {@link EPHEMETRY_METRICS}. */
export type EphemetryMetricKey = keyof typeof EPHEMETRY_METRICS;
