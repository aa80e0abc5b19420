/**
 * An OTLP/JSON `ExportMetricsServiceRequest`, read strictly and independently of the code under test.
 *
 * Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

import { type DataPoint, readDataPoints } from './data-point.ts';
import { MalformedBody, readInteger, readList, readObject, refuse } from './json-reader.ts';
import { type Labels, readLabels } from './labels.ts';

/** What one run sent in one go. */
export interface Batch {
  /** `service.instance.id` of the resource; absent when the sender gave none. */
  readonly runId?: string;
  /** `ephemetry.batch.sequence` of the resource, 1 and up; absent when the sender gave none. */
  readonly sequence?: number;
  /** All resource attributes, as text. */
  readonly resource: Labels;
  readonly points: readonly DataPoint[];
  /** The batch as canonical text: two batches of one identity must agree in it. */
  readonly fingerprint: string;
}

/**
 * Reads one request body: one batch for each resource in it.
 *
 * @throws {MalformedBody} naming the place, when it is not OTLP/JSON, not delta, or does not add up
 *   (bucket counts against count, negative monotonic sums, an end before its start).
 */
export function parseBatches(body: string): Batch[] {
  const root = readObject(parseJson(body), 'body');
  if (root.resourceMetrics === undefined) refuse('resourceMetrics', 'a list', undefined);
  return readList(root.resourceMetrics, 'resourceMetrics').map((item, index) =>
    readBatch(item, `resourceMetrics[${index}]`),
  );
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new MalformedBody(`body must be JSON, but ${String(error)}; it begins ${body.slice(0, 80)}`);
  }
}

function readBatch(item: unknown, where: string): Batch {
  const resourceMetrics = readObject(item, where);
  const resource = readLabels(
    readObject(resourceMetrics.resource ?? {}, `${where}.resource`).attributes,
    `${where}.resource.attributes`,
  );
  const points = readList(resourceMetrics.scopeMetrics, `${where}.scopeMetrics`).flatMap((scope, index) =>
    readScope(scope, `${where}.scopeMetrics[${index}]`),
  );
  const fingerprint = JSON.stringify(resourceMetrics);
  return { ...readIdentity(resource, where), resource, points, fingerprint };
}

function readScope(item: unknown, where: string): DataPoint[] {
  const metrics = readList(readObject(item, where).metrics, `${where}.metrics`);
  return metrics.flatMap((metric, index) => readDataPoints(metric, `${where}.metrics[${index}]`));
}

function readIdentity(resource: Labels, where: string): Pick<Batch, 'runId' | 'sequence'> {
  const runId = resource['service.instance.id'];
  const given = resource['ephemetry.batch.sequence'];
  if (given === undefined) return runId === undefined ? {} : { runId };
  const sequence = Number(readInteger(given, `${where} ephemetry.batch.sequence`));
  if (sequence < 1) refuse(`${where} ephemetry.batch.sequence`, '1 or more', given);
  return runId === undefined ? { sequence } : { runId, sequence };
}
