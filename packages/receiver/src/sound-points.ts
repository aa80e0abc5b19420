/** The points of a request that the table of rules takes, each with what stands above it, in OTLP/JSON's words. */
import { toJson } from '@bufbuild/protobuf';
import type { Digests } from './digests.ts';
import {
  type InstrumentationScope,
  type KeyValue,
  KeyValueSchema,
} from './otlp-messages/opentelemetry/proto/common/v1/common_pb.ts';
import { type OtlpMessage, type OtlpMetric, readRequest } from './otlp-request.ts';
import { compareText } from './prometheus-labels.ts';
import { readMetric } from './read-metric.ts';
import type { ReceivedPoint } from './received-batch.ts';
import type { Refusals } from './refusals.ts';

/** An attribute as OTLP/JSON writes it. */
export interface JsonAttribute {
  readonly key: string;
  readonly value?: unknown;
}

/** A point that can be passed on. */
export interface SoundPoint {
  readonly resource: readonly JsonAttribute[];
  readonly scope: {
    readonly name: string;
    readonly version: string;
    readonly attributes: readonly JsonAttribute[];
  };
  readonly metric: { readonly name: string; readonly unit: string; readonly description: string };
  readonly attributes: readonly JsonAttribute[];
  readonly point: ReceivedPoint;
  /** One OTLP stream: digest of all that names it. Its start time is not in it. */
  readonly stream: string;
}

/** What cannot be taken is told to `refusals`; of exponential histograms `countExponential` is told as well. */
export function* readSoundPoints(
  request: OtlpMessage,
  digests: Digests,
  refusals: Refusals,
  countExponential: (points: number) => void,
): Generator<SoundPoint> {
  const nowUnixMs = Date.now();
  for (const { resource, scopes } of readRequest(request)) {
    const resourceJson = attributesJson(resource?.attributes ?? []);
    for (const { scope, metrics } of scopes) {
      const scopeJson = readScope(scope);
      const place = { job: undefined, run: undefined, sequence: undefined, scope: '', nowUnixMs, digests };
      const sender = digests.text(JSON.stringify([resourceJson, scopeJson]));
      for (const metric of metrics) {
        const { name, unit, description, data } = metric;
        if (data.kind === 'exponentialHistogram') countExponential(data.pointCount);
        for (const { one, raw } of onePointEach(metric)) {
          for (const point of readMetric(one, place, refusals)) {
            const attributes = attributesJson(raw);
            const kind = [
              point.kind,
              'temporality' in point ? point.temporality : '',
              'bounds' in point ? point.bounds : '',
            ];
            const stream = digests.text(JSON.stringify([sender, name, unit, kind, attributes]));
            yield {
              resource: resourceJson,
              scope: scopeJson,
              metric: { name, unit, description },
              attributes,
              point,
              stream,
            };
          }
        }
      }
    }
  }
}

/** The reading of a metric skips what it refuses: point by point, what it yields is known to be of that point. */
function* onePointEach(
  metric: OtlpMetric,
): Generator<{ readonly one: OtlpMetric; readonly raw: readonly KeyValue[] }> {
  const { data } = metric;
  switch (data.kind) {
    case 'gauge':
    case 'sum':
      for (const point of data.points)
        yield {
          one: { ...metric, data: { ...data, points: [point], pointCount: 1 } },
          raw: point.attributes,
        };
      return;
    case 'histogram':
      for (const point of data.points)
        yield {
          one: { ...metric, data: { ...data, points: [point], pointCount: 1 } },
          raw: point.attributes,
        };
      return;
    default:
      yield { one: metric, raw: [] };
  }
}

function readScope(scope: InstrumentationScope | undefined): SoundPoint['scope'] {
  return {
    name: scope?.name ?? '',
    version: scope?.version ?? '',
    attributes: attributesJson(scope?.attributes ?? []),
  };
}

/** In one order, whatever order they came in. */
function attributesJson(attributes: readonly KeyValue[]): readonly JsonAttribute[] {
  return attributes
    .map((attribute) => ({ ...asObject(toJson(KeyValueSchema, attribute)), key: attribute.key }))
    .toSorted((a, b) => compareText(a.key, b.key));
}

function asObject(json: unknown): object {
  return typeof json === 'object' && json !== null ? json : {};
}
