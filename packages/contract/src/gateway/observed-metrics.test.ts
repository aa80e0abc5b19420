import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GATEWAY_METRICS } from './observed-metrics.ts';

const repositoryRoot = join(import.meta.dirname, '../../../..');

// A shard is gateway.yaml with one more label. The balancer in front of them is scraped by nobody of ours.
test.each(['collector-config/gateway.yaml', 'examples/local/prometheus.yaml'])(
  '%s scrapes under the jobs that queries ask for, and no others',
  (path) => {
    const text = readFileSync(join(repositoryRoot, path), 'utf8');
    const scraped = [...text.matchAll(/job_name: (\S+)/g)].map(([, name]) => name);
    const asked = new Set(Object.values(GATEWAY_METRICS).flatMap(({ job }) => job));
    expect(new Set(scraped)).toEqual(asked);
  },
);
