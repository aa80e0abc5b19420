/** One line of a sample in Prometheus text: `name{label="value"} 1.5 1700000000000`. */

/** A sample. */
export interface PrometheusSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** As written. */
  readonly valueText: string;
  readonly hasTimestamp: boolean;
}

/** A sample, or why the line is none. */
export type ReadSample =
  | { readonly kind: 'sample'; readonly sample: PrometheusSample }
  | { readonly kind: 'fault'; readonly message: string };

const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const LABEL = /[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*/y;
const VALUE = /[ \t]*([^ \t#]+)(?:[ \t]+(-?[0-9.]+))?[ \t]*(?:# .*)?$/y;

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details. An exemplar of OpenMetrics is passed over. */
export function readSample(line: string): ReadSample {
  NAME.lastIndex = 0;
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return fault('it does not begin with the name of a metric');
  const labelled = readLabels(line, name.length);
  if (typeof labelled === 'string') return fault(`${name}: ${labelled}`);
  VALUE.lastIndex = labelled.end;
  const [, valueText, timestamp] = VALUE.exec(line) ?? [];
  if (valueText === undefined) return fault(`${name}: a value is missing, or more stands behind it`);
  const value = numberOf(valueText);
  if (value === undefined) return fault(`${name}: the value is ${valueText}; allowed: a number`);
  const { labels } = labelled;
  return {
    kind: 'sample',
    sample: { name, labels, value, valueText, hasTimestamp: timestamp !== undefined },
  };
}

/** Go's spelling of numbers, without its hexadecimal ones. */
export function numberOf(text: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly end: number;
}

/** Or why they cannot be read. */
function readLabels(line: string, start: number): Labelled | string {
  const open = /[ \t]*\{/y;
  open.lastIndex = start;
  if (!open.test(line)) return { labels: {}, end: start };
  const labels = new Map<string, string>();
  let at = open.lastIndex;
  for (;;) {
    const close = /[ \t]*\}/y;
    close.lastIndex = at;
    if (close.test(line)) return { labels: Object.fromEntries(labels), end: close.lastIndex };
    LABEL.lastIndex = at;
    const [, key = '', text] = LABEL.exec(line) ?? [];
    if (text === undefined) return 'the labels cannot be read; allowed: {name="value",…}';
    if (labels.has(key)) return `the label ${key} is given twice`;
    labels.set(key, unescaped(text));
    at = LABEL.lastIndex;
    if (line[at] === ',') at += 1;
    else if (line[at] !== '}') return 'the labels cannot be read; allowed: {name="value",…}';
  }
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (whole, letter: string) => {
    if (letter === 'n') return '\n';
    return letter === '\\' || letter === '"' ? letter : whole;
  });
}

function fault(message: string): ReadSample {
  return { kind: 'fault', message };
}
