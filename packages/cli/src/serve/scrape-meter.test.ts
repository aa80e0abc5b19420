/** Totals of a program that is scraped go on where the one before ended. */
import { numberText } from '@ephemetry/receiver';
import { expect, test } from 'vitest';
import { createScrapeMeter, type ScrapeMeter } from './scrape-meter.ts';
import type { KeptTotals } from './scrape-totals.ts';

/** Series as `name{labels} value`, histograms by count and sum. */
function shown({ families }: ScrapeMeter): readonly string[] {
  return families().flatMap(({ name, series }) =>
    [...series].map(({ labels, value }) => {
      const text = labels.map(([label, each]) => `${label}=${each}`).join();
      if (value.kind === 'number') return `${name}{${text}} ${numberText(value.value)}`;
      return `${name}{${text}} ${value.counts.join('|')} sum ${value.sum}`;
    }),
  );
}

function measure(scraped: ScrapeMeter, boundaries = [1, 5]): void {
  scraped.meter.createCounter('probes_total').add(2, { b: 'y', a: 'x' });
  const histogram = scraped.meter.createHistogram('seconds', {
    advice: { explicitBucketBoundaries: boundaries },
  });
  for (const value of [0.5, 1, 7]) histogram.record(value, { a: 'x' });
}

/** What is written down and read again. */
function kept(scraped: ScrapeMeter): KeptTotals {
  return JSON.parse(JSON.stringify(scraped.totals()));
}

test('counters and histograms add up, whatever the order of labels', () => {
  const scraped = createScrapeMeter();
  measure(scraped);
  expect(shown(scraped)).toEqual(['probes_total{a=x,b=y} 2', 'seconds{a=x} 2|0|1 sum 8.5']);
});

test('the next program goes on, and shows what it has not counted itself yet', () => {
  const first = createScrapeMeter();
  measure(first);
  const second = createScrapeMeter(kept(first));
  measure(second);
  expect(shown(second)).toEqual(['probes_total{a=x,b=y} 4', 'seconds{a=x} 4|0|2 sum 17']);
});

test('what is not declared any more is not shown any more', () => {
  const first = createScrapeMeter();
  measure(first);
  const second = createScrapeMeter(kept(first), ({ a }) => a !== 'x');
  second.meter.createCounter('probes_total');
  expect(shown(second)).toEqual([]);
});

test('a histogram with other bounds begins anew', () => {
  const first = createScrapeMeter();
  measure(first);
  const second = createScrapeMeter(kept(first));
  measure(second, [2]);
  expect(shown(second)).toContain('seconds{a=x} 2|1 sum 8.5');
});

test('a gauge that is not observed any more is gone', () => {
  const scraped = createScrapeMeter();
  const gauge = scraped.meter.createObservableGauge('phase_seconds');
  let value: number | undefined = 3;
  scraped.meter.addBatchObservableCallback(
    (result) => {
      if (value !== undefined) result.observe(gauge, value, { phase: 'tls' });
    },
    [gauge],
  );
  expect(shown(scraped)).toEqual(['phase_seconds{phase=tls} 3']);
  value = undefined;
  expect(shown(scraped)).toEqual([]);
});

test('an instrument that it does not have is refused, not lost', () => {
  expect(() => createScrapeMeter().meter.createUpDownCounter('x')).toThrow(
    /does not have createUpDownCounter/,
  );
});
