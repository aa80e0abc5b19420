/** Asks Prometheus for all that a board shows, as Grafana does it. */

import type { DrawnBoard, DrawnPanel, DrawnSeries, PanelJson } from './drawn-board.ts';
import { SCRAPE_SECONDS } from './history.ts';

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
  readonly interval?: string;
}

/** A board's JSON as far as it is asked for and drawn. */
export interface BoardJson {
  readonly uid: string;
  readonly title: string;
  readonly time: { readonly from: string };
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[];
  };
  readonly panels: readonly (PanelJson & {
    readonly targets?: readonly Target[];
    readonly maxDataPoints?: number;
  })[];
}

/** Which Prometheus, and which moments. */
export interface Asked {
  readonly url: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** @throws {Error} for an answer that is none */
export async function askBoard(board: BoardJson, asked: Asked): Promise<DrawnBoard> {
  const variables = chosen(board);
  const panels: DrawnPanel[] = [];
  for (const json of board.panels) {
    if (json.type === 'row') continue;
    const series: DrawnSeries[] = [];
    for (const target of json.targets ?? []) {
      series.push(...(await askTarget(json, target, variables, asked)));
    }
    panels.push({ json, series });
  }
  return {
    uid: board.uid,
    title: board.title,
    fromMs: asked.fromMs,
    toMs: asked.toMs,
    rows: board.panels.filter(({ type }) => type === 'row'),
    panels,
  };
}

type Variables = Readonly<Record<string, string>>;

/** All clusters, roles and so on, and the first of each choice. */
function chosen({ templating }: BoardJson): Variables {
  return Object.fromEntries(
    templating.list.map(({ name, type, query }) => [
      name,
      type === 'query' ? '.*' : (query.split(',')[0] ?? ''),
    ]),
  );
}

async function askTarget(
  panel: BoardJson['panels'][number],
  target: Target,
  variables: Variables,
  { url, fromMs, toMs }: Asked,
): Promise<readonly DrawnSeries[]> {
  const rangeSeconds = (toMs - fromMs) / 1000;
  const least = seconds(withVariables(target.interval ?? `${SCRAPE_SECONDS}s`, variables));
  const stepSeconds = Math.max(least, Math.ceil(rangeSeconds / (panel.maxDataPoints ?? 800)));
  const expr = withVariables(target.expr, {
    ...variables,
    __range: `${rangeSeconds}s`,
    __rate_interval: `${Math.max(stepSeconds + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s`,
  });
  const isRange = panel.type === 'timeseries';
  // Grafana begins and ends a range at whole steps.
  const query = new URLSearchParams(
    isRange
      ? {
          query: expr,
          start: String(Math.floor(fromMs / 1000 / stepSeconds) * stepSeconds),
          end: String(Math.floor(toMs / 1000 / stepSeconds) * stepSeconds),
          step: String(stepSeconds),
        }
      : { query: expr, time: String(toMs / 1000) },
  );
  const answer = await fetch(`${url}/api/v1/${isRange ? 'query_range' : 'query'}?${query}`);
  if (!answer.ok) throw new Error(`${panel.title}: ${await answer.text()}`);
  const { data } = (await answer.json()) as {
    data: {
      result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[];
    };
  };
  return data.result.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
    name: target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    points: values.map(([atSeconds, text]) => [atSeconds * 1000, Number(text)] as const),
  }));
}

function withVariables(text: string, variables: Variables): string {
  return text.replace(/\$(\w+)/g, (_, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`${text}: no variable ${name}`);
    return value;
  });
}

function seconds(duration: string): number {
  const [, count = '0', unit = 's'] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  return Number(count) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 1);
}
