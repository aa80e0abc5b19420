/** What did not arrive at once: lost, late, twice or refused. */
import { EPHEMETRY_METRICS, GATEWAY_METRICS, MERGE_ERRORS } from '@ephemetry/contract';
import type { RowDefinition, Threshold } from '../../../engine/panels/panel.ts';
import type { Queries } from '../../../engine/promql/queries.ts';

const RANGE = '$__range';
const ANY_IS_BAD: readonly Threshold[] = [
  { color: 'green', value: null },
  { color: 'red', value: 0.5 },
];

/** Numbers over the range of the board. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: data of five panels
export function batchesRow(queries: Queries): RowDefinition {
  return {
    title: 'Batches that did not arrive at once',
    // Three beside each other: reasons and programs stand in full.
    size: { width: 8, height: 5 },
    panels: [
      {
        kind: 'stat',
        title: 'Lost batches',
        question: 'How many batches of this range will never arrive, and why?',
        whenRed:
          'The runbook of the alert has a way for each reason. `rejected` batches are kept in the spool’s `rejected/` folder.',
        queries: [
          {
            expr: queries.increase(EPHEMETRY_METRICS.lostBatches, { window: RANGE, by: ['reason'] }),
            legend: '{{reason}}',
          },
        ],
        unit: 'locale',
        decimals: 0,
        thresholds: ANY_IS_BAD,
        empty: 'unknown: nothing was reported',
        alert: 'fab-lost-batches',
      },
      {
        kind: 'stat',
        title: 'Spooled batches, delivered late',
        question: 'How many batches waited in a spool until something later delivered them?',
        whenRed: 'Not a loss. Many of them: programs end before the Collector answers, or it was away.',
        queries: [
          {
            expr: queries.increase(EPHEMETRY_METRICS.drainedBatches, { window: RANGE }),
            legend: 'late',
          },
        ],
        unit: 'locale',
        decimals: 0,
        empty: 'unknown: nothing was reported',
      },
      {
        kind: 'stat',
        title: 'Batches sent again in doubt',
        question: 'How many batches were sent again although they may have arrived before?',
        whenRed:
          'Exact behind a gateway, which knows them again; elsewhere so many may count twice. Many of them: programs end before the Collector answers.',
        queries: [
          {
            expr: queries.increase(EPHEMETRY_METRICS.inDoubtBatches, { window: RANGE }),
            legend: 'in doubt',
          },
        ],
        unit: 'locale',
        decimals: 0,
        empty: 'unknown: nothing was reported',
      },
      {
        kind: 'stat',
        title: 'Points left out',
        question: 'How many data points did the gateway refuse because they cannot be merged?',
        whenRed:
          'Each is a reason and the program that sent it: see "what is refused" in the Collector configurations.',
        queries: [
          {
            expr: queries.increaseOrFirst(GATEWAY_METRICS.droppedPoints, {
              window: RANGE,
              by: ['reason', 'service'],
            }),
            legend: '{{reason}} {{service}}',
          },
          {
            expr: queries.increaseOrFirst(GATEWAY_METRICS.mergedPoints, {
              window: RANGE,
              by: ['error'],
              where: { error: MERGE_ERRORS.seriesLimit },
            }),
            legend: 'series limit',
          },
          {
            expr: queries.increase(EPHEMETRY_METRICS.refusedPoints, { window: RANGE }),
            legend: 'partial success',
          },
        ],
        unit: 'locale',
        decimals: 0,
        thresholds: ANY_IS_BAD,
        empty: 'none seen',
        alert: 'fab-refused-points',
      },
      {
        kind: 'stat',
        title: 'Duplicate points dropped',
        question: 'How many data points came a second time and were recognised?',
        whenRed:
          'Not a loss: senders did not see the answer. Many of them: the network, or a gateway that answers too late.',
        queries: [
          {
            expr: queries.increaseOrFirst(GATEWAY_METRICS.mergedPoints, {
              window: RANGE,
              where: { error: MERGE_ERRORS.duplicate },
            }),
            legend: 'duplicates',
          },
        ],
        unit: 'locale',
        decimals: 0,
        empty: 'none seen',
      },
    ],
  };
}
