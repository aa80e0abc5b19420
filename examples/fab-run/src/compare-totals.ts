import type { Totals } from './expected-totals.ts';

/** One metric, summed over its labels, as sent and as received. */
export interface MetricComparison {
  readonly name: string;
  readonly sent: number;
  readonly received: number;
  /** True when every label set has exactly what was sent. */
  readonly isEqual: boolean;
}

/** Every metric that was sent or received. */
export function compareTotals(sent: Totals, received: Totals): readonly MetricComparison[] {
  const names = [...new Set([...Object.keys(sent), ...Object.keys(received)])].sort();
  return names.map((name) => {
    const [sentSeries, receivedSeries] = [sent[name] ?? {}, received[name] ?? {}];
    const labelSets = [...new Set([...Object.keys(sentSeries), ...Object.keys(receivedSeries)])];
    return {
      name,
      sent: sumOf(sentSeries),
      received: sumOf(receivedSeries),
      isEqual: labelSets.every((labels) => isSame(sentSeries[labels] ?? 0, receivedSeries[labels] ?? 0)),
    };
  });
}

function sumOf(series: Readonly<Record<string, number>>): number {
  return Object.values(series).reduce((sum, value) => sum + value, 0);
}

/** Costs are added up in another order on each side: equal to a millionth of a cent. */
function isSame(sent: number, received: number): boolean {
  return Math.abs(sent - received) < 1e-8;
}
