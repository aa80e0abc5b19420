/**
 * Prometheus text, as programs write it for a Pushgateway, read into measurements. Counters are what this run added, so they
 * are added up; gauges replace; the buckets of a histogram, which each hold those below, are told apart.
 */
import type { Measurement } from './measurement.ts';
import { numberOf, type PrometheusSample, type ReadSample, readSample } from './prometheus-sample.ts';

/** Why a line does not count. */
export interface LineFault {
  readonly line: number;
  readonly message: string;
}

/** What a text holds. */
export interface PrometheusText {
  readonly measurements: readonly { readonly line: number; readonly measurement: Measurement }[];
  readonly faults: readonly LineFault[];
  /** What was left out, a sentence each. */
  readonly notes: readonly string[];
}

type Kind = 'counter' | 'gauge' | 'histogram';

/** What `# TYPE` and `# UNIT` said, and the histograms that are being put together. */
interface Reading {
  readonly kinds: Map<string, string>;
  readonly units: Map<string, string>;
  readonly measurements: { line: number; measurement: Measurement }[];
  readonly faults: LineFault[];
  readonly histograms: Map<string, HistogramSamples>;
  /** Families of histograms with a line that cannot be read: of which of them it was is unknown. */
  readonly broken: Set<string>;
  readonly seen: Set<string>;
  hasTimestamps: boolean;
  hasCreated: boolean;
}

interface HistogramSamples {
  readonly line: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly buckets: Map<number, number>;
  sum: number | undefined;
  count: number | undefined;
  /** Whether a line of it does not count: without a bucket it would be another histogram. */
  isBroken: boolean;
}

/** Reads a whole text. What is wrong is named by its line, and the rest counts. */
export function readPrometheusText(text: string): PrometheusText {
  const reading: Reading = {
    kinds: new Map(),
    units: new Map(),
    measurements: [],
    faults: [],
    histograms: new Map(),
    broken: new Set(),
    seen: new Set(),
    hasTimestamps: false,
    hasCreated: false,
  };
  const lines = text.split(/\r?\n/);
  const last = lines.pop() ?? '';
  for (const [index, line] of lines.entries()) readLine(reading, line.trim(), index + 1);
  readUnended(reading, last.trim(), lines.length + 1);
  for (const samples of reading.histograms.values()) {
    const { line, name } = samples;
    const measurement = histogramOf(reading, samples);
    if (typeof measurement === 'string') reading.faults.push({ line, message: `${name}: ${measurement}` });
    else reading.measurements.push({ line, measurement });
  }
  return {
    measurements: reading.measurements.toSorted((a, b) => a.line - b.line),
    faults: reading.faults.toSorted((a, b) => a.line - b.line),
    notes: [
      ...(reading.hasTimestamps ? ['timestamps are left out: what is pushed is of now'] : []),
      ...(reading.hasCreated ? ['_created samples are left out'] : []),
    ],
  };
}

function readLine(reading: Reading, line: string, number: number): void {
  if (line === '') return;
  if (line.startsWith('#')) {
    const [, word, name = '', rest = ''] = /^#\s*(TYPE|UNIT)\s+(\S+)\s+(\S+)/.exec(line) ?? [];
    if (word === 'TYPE') reading.kinds.set(name, rest.toLowerCase());
    if (word === 'UNIT') reading.units.set(name, rest);
    return;
  }
  const read: ReadSample = line.length > LINE_LIMIT ? TOO_LONG : readSample(line);
  if (read.kind === 'fault') {
    refuseUnread(reading, line, { line: number, message: read.message });
    return;
  }
  const message = takeSample(reading, read.sample, number);
  if (message !== undefined) reading.faults.push({ line: number, message });
}

/** Longer than any sample within the limits of its labels; a pattern fails on one of many MiB. */
const LINE_LIMIT = 64 * 1024;
const TOO_LONG = {
  kind: 'fault',
  message: `it is too long; allowed: ${LINE_LIMIT} characters`,
} as const;

function refuseUnread(reading: Reading, line: string, fault: LineFault): void {
  reading.faults.push(fault);
  const name = /^[A-Za-z_:][A-Za-z0-9_:]*/.exec(line)?.[0];
  if (name !== undefined) reading.broken.add(familyOf(reading, name).family);
}

/** The end of a line that was cut off is a number as well. */
function readUnended(reading: Reading, line: string, number: number): void {
  if (line === '' || line.startsWith('#')) return;
  refuseUnread(reading, line, { line: number, message: CUT_OFF });
}

const CUT_OFF = 'it may have been cut off; allowed: lines that end with a line break, the last one too';

/** Returns why it does not count. */
function takeSample(reading: Reading, sample: PrometheusSample, line: number): string | undefined {
  const { name, labels } = sample;
  const { family, suffix } = familyOf(reading, name);
  const kind = reading.kinds.get(family);
  if (suffix === '_created') {
    reading.hasCreated = true;
    return undefined;
  }
  if (!isKind(kind)) return kindFault(name, family, kind);
  reading.hasTimestamps ||= sample.hasTimestamp;
  if (kind === 'histogram') return takeHistogramSample(reading, family, suffix, sample, line);
  const key = JSON.stringify([name, Object.entries(labels).toSorted()]);
  if (reading.seen.has(key)) return givenTwice(name);
  reading.seen.add(key);
  const unit = reading.units.get(family) ?? '';
  reading.measurements.push({
    line,
    measurement: { kind, name, unit, attributes: labels, value: sample.value },
  });
  return undefined;
}

const SUFFIXES = ['_bucket', '_sum', '_count', '_total', '_created'];

/** A family is what `# TYPE` names; its samples may have a suffix. */
function familyOf({ kinds }: Reading, name: string): { readonly family: string; readonly suffix: string } {
  if (kinds.has(name)) return { family: name, suffix: '' };
  for (const suffix of SUFFIXES) {
    const family = name.slice(0, -suffix.length);
    const kind = name.endsWith(suffix) ? kinds.get(family) : undefined;
    const isCounters = suffix === '_total' || suffix === '_created';
    if (kind === 'histogram' || kind === 'summary' || (kind === 'counter' && isCounters))
      return { family, suffix };
    // OpenMetrics names the family without `_total`, others with it.
    if (suffix === '_created' && kinds.has(`${family}_total`)) return { family: `${family}_total`, suffix };
  }
  return { family: name, suffix: '' };
}

function isKind(kind: string | undefined): kind is Kind {
  return kind === 'counter' || kind === 'gauge' || kind === 'histogram';
}

function kindFault(name: string, family: string, kind: string | undefined): string {
  if (kind === undefined)
    return `${name} is untyped; write "# TYPE ${family} counter", or gauge, in a line before`;
  if (kind === 'summary') return `${name} is of a summary, which cannot be added up; push a histogram`;
  return `${name} is of the type ${kind}; allowed: counter, gauge and histogram`;
}

function givenTwice(name: string): string {
  return `${name}: the series is given twice`;
}

/** Returns why it does not count. */
function takeHistogramSample(
  reading: Reading,
  family: string,
  suffix: string,
  sample: PrometheusSample,
  line: number,
): string | undefined {
  const { name, labels } = sample;
  if (!['_bucket', '_sum', '_count'].includes(suffix))
    return `${name} is of a histogram; allowed: ${family}_bucket, _sum and _count`;
  const { le: _, ...others } = labels;
  const samples = samplesOf(reading, family, suffix === '_bucket' ? others : labels, line);
  const fault = addToHistogram(samples, suffix, sample);
  samples.isBroken ||= fault !== undefined;
  return fault;
}

/** Returns why it does not count. */
function addToHistogram(
  samples: HistogramSamples,
  suffix: string,
  { name, labels: { le = '' }, value, valueText }: PrometheusSample,
): string | undefined {
  if (suffix === '_sum') {
    if (samples.sum !== undefined) return givenTwice(name);
    samples.sum = value;
    return undefined;
  }
  if (!Number.isSafeInteger(value) || value < 0)
    return `${name}: the value is ${valueText}; allowed: a whole number from 0 on`;
  if (suffix === '_count') {
    if (samples.count !== undefined) return givenTwice(name);
    samples.count = value;
    return undefined;
  }
  const bound = numberOf(le);
  if (bound === undefined || Number.isNaN(bound))
    return `${name}: the label le is ${JSON.stringify(le)}; allowed: a number or +Inf`;
  if (samples.buckets.has(bound)) return givenTwice(name);
  samples.buckets.set(bound, value);
  return undefined;
}

function samplesOf(
  { histograms }: Reading,
  name: string,
  labels: Readonly<Record<string, string>>,
  line: number,
): HistogramSamples {
  const key = JSON.stringify([name, Object.entries(labels).toSorted()]);
  const known = histograms.get(key);
  if (known !== undefined) return known;
  const samples = {
    line,
    name,
    labels,
    buckets: new Map<number, number>(),
    sum: undefined,
    count: undefined,
    isBroken: false,
  };
  histograms.set(key, samples);
  return samples;
}

/** A measurement, or why it is none. */
function histogramOf({ units, broken }: Reading, samples: HistogramSamples): Measurement | string {
  const { name, labels, buckets, sum, count, isBroken } = samples;
  if (isBroken || broken.has(name)) return 'the histogram is not whole, because a line of it does not count';
  const total = buckets.get(Infinity);
  if (total === undefined) return 'the histogram has no bucket le="+Inf"';
  if (count !== undefined && count !== total)
    return `the bucket le="+Inf" holds ${total} and _count is ${count}; allowed: the same`;
  const rising = [...buckets].toSorted(([a], [b]) => a - b);
  const counts = rising.map(([, below], index) => below - (rising[index - 1]?.[1] ?? 0));
  if (counts.some((each) => each < 0)) return 'a bucket holds less than the one below it';
  const bounds = rising.slice(0, -1).map(([bound]) => bound);
  return { kind: 'histogram', name, unit: units.get(name) ?? '', attributes: labels, bounds, counts, sum };
}
