import type { Sample } from './query-prometheus.ts';

/** A sample of a `/metrics` page; the page gives no time. */
export type ExposedSample = Pick<Sample, 'labels' | 'value'> & { readonly name: string };

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads a page in the Prometheus text format.
 *
 * @throws {Error} at a line that is none.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @example
 * import { deepEqual } from 'node:assert/strict';
 * import { readExposition } from '@ephemetry/testing';
 *
 * const page = 'runs_total{outcome="ok"} 3\n';
 * deepEqual(readExposition(page), [{ name: 'runs_total', labels: { outcome: 'ok' }, value: 3 }]);
 */
export function readExposition(page: string): readonly ExposedSample[] {
  return page
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = LINE.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
      return { name, labels: readLabels(labels), value: readValue(value) };
    });
}

function readLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(LABEL)].map(([, name = '', value = '']): [string, string] => [
    name,
    value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
  ]);
  return Object.fromEntries(pairs);
}

function readValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}
