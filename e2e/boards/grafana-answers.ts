/** Asks Prometheus what a panel or an alert would show, and compares it with what it should show. */
import type { PanelDefinition, PanelQuery } from '@ephemetry/grafana';
import { queryPrometheus, type Sample } from '@ephemetry/testing';

/** Name of a series to its value. */
export type Answers = ReadonlyMap<string, number>;

/** A value from a moment that cannot be known, or within a histogram's bucket: both ends are allowed. */
export interface Between {
  readonly from: number;
  readonly to: number;
}

/** Name of a series to what it should be. One that is missing must not be shown. */
export type Expected = Readonly<Record<string, number | Between>>;

/** Values of Grafana's variables, without the dollar sign. */
export type Variables = Readonly<Record<string, string>>;

/** Everything chosen, and a window that covers the test. */
export const EVERYTHING: Variables = {
  cluster: '.*',
  group: '.*',
  phase: '.*',
  role: '.*',
  window: '1h',
  __rate_interval: '1h',
  __range: '1h',
};

/** The expression as Grafana would send it. @throws {Error} for a variable that no board has */
export function withVariables(expr: string, variables: Variables): string {
  return expr.replace(/\$(\w+)/g, (_, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`${expr}: no variable ${name}`);
    return value;
  });
}

/** What a panel shows at a moment, by the names of its legend. @throws {Error} when two series have one name */
export async function answersOf(
  url: string,
  { kind, queries }: Pick<PanelDefinition, 'kind' | 'queries'>,
  variables: Variables,
  atSeconds: (query: PanelQuery) => number,
): Promise<Answers> {
  const answers = new Map<string, number>();
  for (const query of queries) {
    const expr = withVariables(query.expr, variables);
    const ask = kind === 'timeseries' ? endOfRange : queryPrometheus;
    for (const { labels, value } of await ask(url, expr, atSeconds(query))) {
      const name = query.legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '').trim();
      if (answers.has(name)) throw new Error(`${expr}: two series are called "${name}"`);
      answers.set(name, value);
    }
  }
  return answers;
}

/** The newest points of a range query, as a chart draws them: seconds apart, up to the moment. */
async function endOfRange(url: string, query: string, atSeconds: number): Promise<readonly Sample[]> {
  const range = { query, start: String(atSeconds - 3), end: String(atSeconds), step: '1' };
  const response = await fetch(`${url}/api/v1/query_range`, {
    method: 'POST',
    body: new URLSearchParams(range),
  });
  const { result } = await dataOf<Matrix>(response, query);
  return result.flatMap(({ metric, values }) =>
    values
      .filter(([seconds]) => Math.abs(seconds - atSeconds) < 0.0015)
      .map(([timeSeconds, value]) => ({ labels: metric, value: Number(value), timeSeconds })),
  );
}

/** @see https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries */
interface Matrix {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly values: readonly (readonly [number, string])[];
  }[];
}

/** Prometheus wrote it: that it succeeded is checked, its fields are believed. */
async function dataOf<Data>(response: Response, query: string): Promise<Data> {
  const answer: unknown = await response.json();
  if (isSuccess<Data>(answer)) return answer.data;
  throw new Error(`${query}: ${JSON.stringify(answer).slice(0, 500)}`);
}

function isSuccess<Data>(answer: unknown): answer is { readonly data: Data } {
  const isObject = typeof answer === 'object' && answer !== null;
  return isObject && 'status' in answer && answer.status === 'success';
}

/**
 * The values of a list at the head of a board, sorted: asked as Grafana asks for `label_values(series, label)`.
 *
 * @throws {Error} with Prometheus' own message, or when it is no such query
 */
export async function labelValues(url: string, query: string): Promise<readonly string[]> {
  const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
  if (series === undefined) throw new Error(`${query}: allowed: label_values(series, label)`);
  const response = await fetch(
    `${url}/api/v1/label/${label}/values?${new URLSearchParams({ 'match[]': series })}`,
  );
  return (await dataOf<readonly string[]>(response, query)).toSorted();
}

/** One line for each name that differs. Sums of doubles in another order may differ in their last digits. */
export function answerDifferences(title: string, answers: Answers, expected: Expected): readonly string[] {
  const names = [...new Set([...Object.keys(expected), ...answers.keys()])].sort();
  return names.flatMap((name) => {
    const [given, wanted] = [answers.get(name), expected[name]];
    if (given !== undefined && wanted !== undefined && isWithin(given, wanted)) return [];
    const words = typeof wanted === 'object' ? `${wanted.from} to ${wanted.to}` : (wanted ?? 'nothing');
    return [`${title} | ${name}: expected ${words}, got ${given ?? 'nothing'}`];
  });
}

function isWithin(given: number, wanted: number | Between): boolean {
  const { from, to } = typeof wanted === 'object' ? wanted : { from: wanted, to: wanted };
  const slack = 1e-9 * Math.max(1, Math.abs(to));
  return given >= from - slack && given <= to + slack;
}
