import { spawnSync } from 'node:child_process';
import { otlpJson } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { parseExposition } from './fixtures/exposition.ts';
import { DIGESTS, readRequest } from './fixtures/read-request.ts';
import { prometheusText } from './prometheus-text.ts';
import { ReceiveCounts } from './receive-counts.ts';
import { RunningTotals } from './running-totals.ts';

const { gauge, histogram, request, run, sum } = otlpJson;

function expose(metrics: readonly object[], resource = run('a', 1)): string {
  const totals = new RunningTotals(DIGESTS, {}, () => 0);
  for (const batch of readRequest(request(resource, metrics))) totals.merge(batch);
  return prometheusText(totals.snapshot());
}

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

describe('the text format', () => {
  it('a counter, described', () => {
    const described = { ...sum('runs_total', 3), description: 'Runs\\so far,\non "two" lines.' };
    expect(expose([described])).toBe(
      '# HELP runs_total Runs\\\\so far,\\non "two" lines.\n# TYPE runs_total counter\nruns_total{job="fab"} 3\n',
    );
  });

  it('a histogram is cumulative, up to +Inf', () => {
    expect(expose([histogram('wait_seconds', [0.5, 1], [1, 2, 3], { sum: 9.25 })])).toBe(
      [
        '# TYPE wait_seconds histogram',
        'wait_seconds_bucket{job="fab",le="0.5"} 1',
        'wait_seconds_bucket{job="fab",le="1"} 3',
        'wait_seconds_bucket{job="fab",le="+Inf"} 6',
        'wait_seconds_sum{job="fab"} 9.25',
        'wait_seconds_count{job="fab"} 6',
        '',
      ].join('\n'),
    );
  });

  it('an unknown sum is left out, not shown as 0', () => {
    expect(expose([histogram('wait_seconds', [], [4])])).not.toContain('wait_seconds_sum');
  });

  it.each([
    [1e300, '1e+300'],
    [-0.5, '-0.5'],
  ])('a gauge of %s', (value, shown) => {
    expect(expose([gauge('level', value)])).toBe(`# TYPE level gauge\nlevel{job="fab"} ${shown}\n`);
  });

  it.each([
    [{ a: 'quote " backslash \\ line\nend' }, 'a="quote \\" backslash \\\\ line\\nend",job="fab"'],
    [{ 'a.b': '1', a_b: '2' }, 'a_b="1;2",job="fab"'],
    [{ '0a': 'x' }, '_0a="x",job="fab"'],
    [
      { job: 'mine', le: '7', __name__: 'n' },
      'exported___name__="n",exported_job="mine",exported_le="7",job="fab"',
    ],
    [{ empty: '' }, 'job="fab"'],
    [{ n: 7 }, 'job="fab",n="7"'],
  ])('labels of %j', (attributes, shown) => {
    expect(expose([sum('x_total', 1, { attributes })])).toContain(`\nx_total{${shown}} 1\n`);
  });

  it.each([
    [{}, 'x_total 1'],
    [{ 'service.name': 'a' }, 'x_total{job="a"} 1'],
    [{ 'service.name': 'a', 'service.namespace': 'n', 'host.name': 'h' }, 'x_total{job="n/a"} 1'],
  ])('of the resource %j only the job is kept', (resource, shown) => {
    expect(expose([sum('x_total', 1)], resource)).toContain(`\n${shown}\n`);
  });

  it('names keep their form and get no suffix', () => {
    const text = expose([
      { ...sum('fab_tokens_total', 1), unit: '{token}' },
      { ...sum('http.requests', 1), unit: 's' },
      sum('1st:x', 2),
    ]);
    expect(Object.keys(parseExposition(text))).toEqual([
      '_1st:x{job="fab"}',
      'fab_tokens_total{job="fab"}',
      'http_requests{job="fab"}',
    ]);
  });

  // promtool is Prometheus's own reader of the format; the strict reader of these tests stands in where there is none.
  it.skipIf(!hasPromtool)('is what promtool accepts, without a complaint', () => {
    const described = (metric: object) => ({ ...metric, description: 'D "x" \\ \n.' });
    const text = expose([
      described(sum('runs_total', 3, { attributes: { a: 'quote " backslash \\ line\nend ✓' } })),
      described(histogram('wait_seconds', [0.5, 1], [1, 2, 3], { sum: 9.25 })),
      described(gauge('level', -2)),
    ]);
    const own = prometheusText(new ReceiveCounts().snapshot(0));
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], {
      input: `${text}${own}`,
      encoding: 'utf8',
    });
    expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: '', stdout: '' });
  });
});
