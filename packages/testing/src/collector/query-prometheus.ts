/** One series of an instant query's result. */
export interface Sample {
  /** Labels, `__name__` among them where the query keeps it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since 1970. */
  readonly timeSeconds: number;
}

/**
 * Runs an instant query against Prometheus' HTTP API.
 *
 * @param atSeconds - the moment of the query, seconds since 1970. @default now
 * @throws {Error} with Prometheus' own message, when the query is wrong or the answer is not a vector.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
 * @example
 * import { equal } from 'node:assert/strict';
 * import { createServer } from 'node:http';
 * import { queryPrometheus } from '@ephemetry/testing';
 *
 * // Stands in for a Prometheus that has one series.
 * const result = [{ metric: { role: 'critic' }, value: [1769860800, '3'] }];
 * const answer = JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
 * const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1');
 * await new Promise((resolve) => server.once('listening', resolve));
 * const [sample] = await queryPrometheus(`http://127.0.0.1:${server.address().port}`, 'fab_tokens_total');
 * equal(sample?.value, 3);
 * server.close();
 * server.closeAllConnections();
 */
export async function queryPrometheus(
  url: string,
  promql: string,
  atSeconds?: number,
): Promise<readonly Sample[]> {
  const answer = await ask(url, promql, atSeconds);
  if (!hasKind<Vector>(answer, 'vector')) throw unexpected(promql, answer);
  return answer.data.result.map(({ metric, value: [timeSeconds, value] }) => ({
    labels: metric,
    value: Number(value),
    timeSeconds,
  }));
}

/** All raw samples of one series in a range. */
export interface SampleRange {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value; oldest first. */
  readonly samples: readonly (readonly [timeSeconds: number, value: number])[];
}

/**
 * Reads raw samples: nothing is interpolated or extrapolated, unlike with `increase()`.
 *
 * @param selector - a range selector, for example `{job="fab"}[1h]`
 * @throws {Error} with Prometheus' own message, when the selector is wrong.
 */
export async function querySamples(url: string, selector: string): Promise<readonly SampleRange[]> {
  const answer = await ask(url, selector);
  if (!hasKind<Matrix>(answer, 'matrix')) throw unexpected(selector, answer);
  return answer.data.result.map(({ metric, values }) => ({
    labels: metric,
    samples: values.map(([timeSeconds, value]) => [timeSeconds, Number(value)] as const),
  }));
}

async function ask(url: string, query: string, atSeconds?: number): Promise<unknown> {
  const body = new URLSearchParams({ query });
  if (atSeconds !== undefined) body.set('time', String(atSeconds));
  const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body });
  return response.json();
}

interface Vector {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
  };
}

interface Matrix {
  readonly data: {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly values: [number, string][];
    }[];
  };
}

/** Prometheus wrote it: its kind is checked, its fields are believed. */
function hasKind<Answer extends Vector | Matrix>(answer: unknown, kind: string): answer is Answer {
  if (typeof answer !== 'object' || answer === null || !('data' in answer)) return false;
  const { data } = answer;
  return typeof data === 'object' && data !== null && 'resultType' in data && data.resultType === kind;
}

function unexpected(query: string, answer: unknown): Error {
  return new Error(`${query}: ${JSON.stringify(answer).slice(0, 500)}`);
}
