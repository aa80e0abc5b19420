/** Prometheus text as series with the labels of the contract: `name{label="value"}`, labels in the order of their names. */
const SAMPLE = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)/;
const LABEL = /([a-z_]+)="([^"]*)"/g;
/** Say which program sent it. */
const OF_PROGRAM = /^(job|instance|service_|otel_|telemetry_)/;

/** The series of a page. */
export function seriesIn(page: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  for (const line of page.split('\n')) {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) continue;
    const own = [...labels.matchAll(LABEL)]
      .filter(([, label = '']) => !OF_PROGRAM.test(label))
      .map(([pair]) => pair)
      .toSorted();
    series.set(own.length === 0 ? name : `${name}{${own.join(',')}}`, Number(value));
  }
  return series;
}
