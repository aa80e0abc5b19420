/** What a reader may copy: queries are answered by a real Prometheus and ask for what a real gateway has; YAML parses. */
import { GATEWAY_METRICS, METRIC_FAMILIES } from '@ephemetry/contract';
import { queryPrometheus } from '@ephemetry/testing';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { examplesOfPage, readPages } from '../../test/documentation.ts';
import { startStack } from '../support/stack.ts';

interface Query {
  readonly place: string;
  readonly text: string;
}

function blocksOf(language: string): ReturnType<typeof examplesOfPage> {
  return readPages()
    .flatMap(examplesOfPage)
    .filter((block) => block.language === language);
}

/** Queries of the pages, one a line, and those of the metrics reference. */
function documentedQueries(): readonly Query[] {
  const lines = blocksOf('promql').flatMap(({ place, code }) =>
    code.split('\n').flatMap((text) => (text.trim() === '' ? [] : [{ place, text }])),
  );
  const families = Object.values(METRIC_FAMILIES);
  const reference = families
    .flatMap(({ metrics }) => Object.values(metrics))
    .map(({ name, exampleQuery }) => ({ place: `the reference of ${name}`, text: exampleQuery }));
  return [...lines, ...reference];
}

/** As a board would ask. */
function withoutVariables(text: string): string {
  return text.replaceAll(/\$(__range|__rate_interval)/g, '1h').replaceAll(/\$\w+/g, '.*');
}

test('every query of the documentation is answered, and names metrics that exist', async (t) => {
  const stack = await startStack(t);
  const own = (await stack.gateway.ownMetrics()).map(({ name }) => name);
  // Some begin with their first event; those are declared, and checked where they happen.
  const known = new Set([...own, ...Object.values(GATEWAY_METRICS).map(({ name }) => name)]);
  const queries = documentedQueries();
  expect(queries.length).toBeGreaterThan(100);
  for (const { place, text } of queries) {
    await expect(queryPrometheus(stack.prometheus.url, withoutVariables(text)), place).resolves.toBeDefined();
    const unknown = (text.match(/\botelcol_\w+/g) ?? []).filter((name) => !known.has(name));
    expect(unknown, place).toEqual([]);
  }
});

test.each(blocksOf('yaml'))('the YAML of $place parses', ({ code }) => {
  expect(parse(code, { strict: true })).toBeTypeOf('object');
});
