/**
 * Splits a batch that no stage takes whole: older versions wrote one batch whatever its size. Each data point goes into
 * exactly one piece, with its resource, scope and metric. The pieces are of the same run; their sequences are made of
 * that of the batch, above all that a run counts to, so that a batch that is split twice gives the same pieces with the
 * same identities.
 */
import { BATCH_SEQUENCE } from '../resource.ts';

/** A run would have to persist a thousand batches a second for thirty years. */
const FIRST_SPLIT_SEQUENCE = 1_000_000_000_000;
const PIECES_LIMIT = 10_000;

/** A node of OTLP/JSON: what is not looked at is passed on as it is. */
type Node = Readonly<Record<string, unknown>>;

/** Where a data point stands: its ancestors without their other children, and how they hold it. */
interface Place {
  readonly resource: Node;
  readonly scope: Node;
  readonly metric: Node;
  /** `sum`, `gauge`, `histogram` … */
  readonly kind: string;
  readonly bytes: number;
}

interface PlacedPoint {
  readonly place: Place;
  readonly point: unknown;
  readonly bytes: number;
}

/**
 * The pieces, each of `splitBytes` at most, unless one data point alone is larger. `undefined` when the text is not a batch,
 * or no smaller pieces can be made of it.
 */
export function splitBatch(text: string, splitBytes: number): readonly string[] | undefined {
  const points = parsePoints(text);
  if (points === undefined || points.length < 2) return undefined;
  const pieces = groupPoints(points, splitBytes);
  if (pieces.length < 2 || pieces.length > PIECES_LIMIT) return undefined;
  return pieces.map((piece, index) => JSON.stringify(assemble(piece, index)));
}

function parsePoints(text: string): readonly PlacedPoint[] | undefined {
  try {
    return [...pointsOf(JSON.parse(text))];
  } catch {
    return undefined;
  }
}

function* pointsOf(batch: Node): Generator<PlacedPoint> {
  for (const { scopeMetrics, ...resource } of nodes(batch['resourceMetrics']))
    for (const { metrics, ...scope } of nodes(scopeMetrics))
      for (const full of nodes(metrics)) {
        const { metric, kind, points } = partMetric(full);
        const place = {
          resource,
          scope,
          metric,
          kind,
          bytes: sizeOf(resource) + sizeOf(scope) + sizeOf(metric),
        };
        for (const point of points) yield { place, point, bytes: sizeOf(point) };
      }
}

/** A metric without its data points, and the points. */
function partMetric(metric: Node): { metric: Node; kind: string; points: readonly unknown[] } {
  for (const [kind, value] of Object.entries(metric)) {
    if (!isNode(value) || !Array.isArray(value['dataPoints'])) continue;
    return { metric: { ...metric, [kind]: { ...value, dataPoints: [] } }, kind, points: value['dataPoints'] };
  }
  throw new Error('a metric without data points');
}

function groupPoints(points: readonly PlacedPoint[], splitBytes: number): PlacedPoint[][] {
  const pieces: PlacedPoint[][] = [];
  let piece: PlacedPoint[] = [];
  let bytes = 0;
  for (const placed of points) {
    const isNewPlace = piece.at(-1)?.place !== placed.place;
    const addedBytes = placed.bytes + (isNewPlace ? placed.place.bytes : 0);
    if (piece.length > 0 && bytes + addedBytes > splitBytes) {
      pieces.push(piece);
      piece = [];
      bytes = 0;
    }
    bytes += piece.length === 0 ? placed.bytes + placed.place.bytes : addedBytes;
    piece.push(placed);
  }
  pieces.push(piece);
  return pieces;
}

/** As a batch again. Equal neighbours become one: points of a metric stay together. */
function assemble(piece: readonly PlacedPoint[], index: number): Node {
  const resourceMetrics: Node[] = [];
  let last: { place: Place; points: unknown[]; metrics: Node[]; scopes: Node[] } | undefined;
  for (const { place, point } of piece) {
    if (last?.place === place) {
      last.points.push(point);
      continue;
    }
    const points = [point];
    const holder: Node = { ...objectOf(place.metric[place.kind]), dataPoints: points };
    const metric: Node = { ...place.metric, [place.kind]: holder };
    if (last?.place.resource === place.resource && last.place.scope === place.scope) {
      last.metrics.push(metric);
      last = { ...last, place, points };
      continue;
    }
    const metrics = [metric];
    const scopes: Node[] = last?.place.resource === place.resource ? last.scopes : [];
    scopes.push({ ...place.scope, metrics });
    if (scopes.length === 1)
      resourceMetrics.push({ ...withSequence(place.resource, index), scopeMetrics: scopes });
    last = { place, points, metrics, scopes };
  }
  return { resourceMetrics };
}

/** The resource with the sequence of a piece, written as it was: as a number or as text. */
function withSequence(resource: Node, index: number): Node {
  const inner = objectOf(resource['resource']);
  const attributes = nodes(inner['attributes']).map((attribute) => {
    if (attribute['key'] !== BATCH_SEQUENCE) return attribute;
    const given = objectOf(attribute['value'])['intValue'];
    const sequence = FIRST_SPLIT_SEQUENCE + Number(given) * PIECES_LIMIT + index;
    if (!Number.isSafeInteger(sequence)) return attribute;
    return { ...attribute, value: { intValue: typeof given === 'string' ? String(sequence) : sequence } };
  });
  return { ...resource, resource: { ...inner, attributes } };
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1;
}

/** @throws when it is not a list of objects: then the text is not a batch. */
function nodes(value: unknown): readonly Node[] {
  if (!Array.isArray(value) || !value.every(isNode)) throw new Error('not a batch');
  return value;
}

function objectOf(value: unknown): Node {
  return isNode(value) ? value : {};
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
