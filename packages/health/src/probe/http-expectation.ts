/** Whether an answer is the one that was expected. Pure. */
import type { HttpExpectation, JsonValue, StatusRange } from '../target.ts';

/** What was read of an answer. */
export interface HttpAnswer {
  readonly status: number;
  /** Undefined when it is longer than what is read, or packed. */
  readonly body: HttpBody;
}

/** The body as far as it can be judged. */
export type HttpBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unread'; readonly reason: string };

const SUCCESS: readonly StatusRange[] = [{ from: 200, to: 299 }];

/** Whether the status is one of those that are expected. */
export function isExpectedStatus(status: number, { status: ranges = SUCCESS }: HttpExpectation): boolean {
  return ranges.some(({ from, to }) => status >= from && status <= to);
}

/** Whether the body matters: only then must it be read to its end. */
export function expectsBody({ text, json }: HttpExpectation): boolean {
  return text !== undefined || json !== undefined;
}

/** Why it is not the expected answer; nothing when it is. No part of the answer is quoted. */
export function answerFault({ status, body }: HttpAnswer, expectation: HttpExpectation): string | undefined {
  if (!isExpectedStatus(status, expectation)) {
    return `it answered with status ${status}, expected is ${describeRanges(expectation.status ?? SUCCESS)}`;
  }
  if (!expectsBody(expectation)) return undefined;
  if (body.kind === 'unread') return body.reason;
  const { text, json } = expectation;
  if (text !== undefined && !body.text.includes(text)) return 'its answer does not contain the expected text';
  if (json === undefined) return undefined;
  const parsed = parseJson(body.text);
  if (parsed === undefined) return 'its answer must be JSON, but is not';
  return containsJson(parsed.value, json) ? undefined : 'its answer does not contain the expected JSON';
}

function describeRanges(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Of objects the named properties, of lists all items in order, of everything else the same value. As deep as what is expected. */
function containsJson(given: unknown, expected: JsonValue): boolean {
  if (typeof expected !== 'object' || expected === null) return given === expected;
  if (typeof given !== 'object' || given === null) return false;
  if (isList(expected)) {
    return (
      Array.isArray(given) &&
      given.length === expected.length &&
      expected.every((item, index) => containsJson(given[index], item))
    );
  }
  const properties = new Map<string, unknown>(Object.entries(given));
  return (
    !Array.isArray(given) &&
    Object.entries(expected).every(
      ([key, value]) => properties.has(key) && containsJson(properties.get(key), value),
    )
  );
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
