/**
 * What a run is stored as: the tests that differ from a list of passed tests, which many runs share.
 *
 *     tests of a run = (list − missing − others) passed at once, extra passed at once, others with their state
 */
import {
  attemptsIn,
  categoryIn,
  isFlakyIn,
  outcomeIn,
  PASSED_AT_ONCE,
  skippedState,
} from '../judging/test-state.ts';
import type { RunTests } from '../judging/test-table.ts';
import type { TestName } from '../test-case.ts';

/** The tests of a run by their keys: each once, sorted. */
export interface RunContent {
  /** Passed in their only attempt. */
  readonly passed: BigUint64Array;
  /** Did not, with their states. */
  readonly otherKeys: BigUint64Array;
  readonly otherStates: Uint32Array;
}

/** A fingerprint as one number. Stored numbers have the byte order of the machine: little-endian wherever Node is built for. */
export function keyOf({ high, low }: { readonly high: number; readonly low: number }): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** As tables and people have it: 16 hexadecimal digits. */
export function keyText(key: bigint): string {
  return key.toString(16).padStart(16, '0');
}

/**
 * Sorts the tests of a run. Several tests of one name, which some runners have, are one here: with the state that they share,
 * or without evidence.
 */
export function contentOf(tests: RunTests): RunContent {
  const isPlain = (state: number): boolean =>
    outcomeIn(state) === 'passed' && attemptsIn(state) === 1 && !isFlakyIn(state);
  let others = 0;
  for (let index = 0; index < tests.size; index++) if (!isPlain(tests.stateAt(index))) others++;
  const passed = new BigUint64Array(tests.size - others);
  // A million BigInts would be made and thrown away: the halves are written where they belong.
  const halves = new Uint32Array(passed.buffer);
  const otherKeys = new BigUint64Array(others);
  const states = new Uint32Array(others);
  let half = 0;
  let othersAt = 0;
  for (let index = 0; index < tests.size; index++) {
    const state = tests.stateAt(index);
    const fingerprint = tests.fingerprintAt(index);
    if (isPlain(state)) {
      halves[half++] = fingerprint.low;
      halves[half++] = fingerprint.high;
    } else {
      otherKeys[othersAt] = keyOf(fingerprint);
      states[othersAt++] = state;
    }
  }
  return eachOnce(passed.sort(), otherKeys, states);
}

function eachOnce(passed: BigUint64Array, keys: BigUint64Array, states: Uint32Array): RunContent {
  const byKey = new Map<bigint, number>();
  for (const [index, key] of keys.entries()) {
    const state = states[index] ?? 0;
    const before = byKey.get(key);
    byKey.set(key, before === undefined ? state : sharedState(before, state));
  }
  for (const [key, state] of byKey)
    if (indexIn(passed, key) >= 0) byKey.set(key, sharedState(PASSED_AT_ONCE, state));
  const otherKeys = BigUint64Array.from(byKey.keys()).sort();
  const otherStates = Uint32Array.from(otherKeys, (key) => byKey.get(key) ?? 0);
  const isSingle = (key: bigint, index: number): boolean => passed[index + 1] !== key && !byKey.has(key);
  return { passed: passed.every(isSingle) ? passed : passed.filter(isSingle), otherKeys, otherStates };
}

/** Two tests of one name cannot be told apart in the next run. */
function sharedState(one: number, other: number): number {
  return outcomeIn(one) === outcomeIn(other) && !isFlakyIn(one) && !isFlakyIn(other)
    ? one
    : skippedState(categoryIn(other));
}

/** A run as it is stored, beside its list. */
export interface StoredContent {
  readonly list: BigUint64Array;
  /** Places in the list. */
  readonly missing: Uint32Array;
  readonly extra: BigUint64Array;
  readonly otherKeys: BigUint64Array;
  readonly otherStates: Uint32Array;
}

/** A run's content as differences from a list. */
export function differencesFrom(list: BigUint64Array, content: RunContent): StoredContent {
  const { passed, otherKeys, otherStates } = content;
  const missing: number[] = [];
  const extra: bigint[] = [];
  let at = 0;
  for (const [place, key] of list.entries()) {
    for (let own = passed[at]; own !== undefined && own < key; own = passed[++at]) extra.push(own);
    if (passed[at] === key) at++;
    else if (indexIn(otherKeys, key) < 0) missing.push(place);
  }
  for (; at < passed.length; at++) extra.push(passed[at] ?? 0n);
  return {
    list,
    missing: Uint32Array.from(missing),
    extra: BigUint64Array.from(extra),
    otherKeys,
    otherStates,
  };
}

/** A run that is a list of its own. */
export function ownList({ passed, otherKeys, otherStates }: RunContent): StoredContent {
  return { list: passed, missing: new Uint32Array(0), extra: new BigUint64Array(0), otherKeys, otherStates };
}

/** What is known of a test in a run; undefined when the run does not have it. */
export function stateIn(
  { list, missing, extra, otherKeys, otherStates }: StoredContent,
  key: bigint,
): number | undefined {
  const other = indexIn(otherKeys, key);
  if (other >= 0) return otherStates[other];
  const place = indexIn(list, key);
  if (place >= 0) return indexIn(missing, place) < 0 ? PASSED_AT_ONCE : undefined;
  return indexIn(extra, key) < 0 ? undefined : PASSED_AT_ONCE;
}

/** The keys of all tests that ran and passed or failed, in no order. */
export function* keysThatRan(content: StoredContent): Generator<bigint> {
  const { list, missing, extra, otherKeys, otherStates } = content;
  for (const [place, key] of list.entries())
    if (indexIn(missing, place) < 0 && indexIn(otherKeys, key) < 0) yield key;
  yield* extra;
  for (const [index, key] of otherKeys.entries())
    if (outcomeIn(otherStates[index] ?? 0) !== 'skipped') yield key;
}

const VERSION = 1;
const HEADER_BYTES = 16;

/** The differences as bytes: counts, then keys, then states and places. */
export function encodeDifferences({ missing, extra, otherKeys, otherStates }: StoredContent): Uint8Array {
  const header = Uint32Array.of(VERSION, missing.length, extra.length, otherKeys.length);
  return Buffer.concat([header, extra, otherKeys, otherStates, missing].map(bytesOf));
}

/** @throws {TypeError} for bytes of another version, which a newer migration would have refused */
export function decodeDifferences(list: BigUint64Array, stored: Uint8Array): StoredContent {
  // A copy: keys must begin at a multiple of 8.
  const { buffer } = Uint8Array.from(stored);
  const [version, missing = 0, extra = 0, others = 0] = new Uint32Array(buffer, 0, HEADER_BYTES / 4);
  if (version !== VERSION) throw new TypeError(`a run is stored in version ${version}, not ${VERSION}`);
  let at = HEADER_BYTES;
  const next = (bytes: number): number => {
    const from = at;
    at += bytes;
    return from;
  };
  return {
    list,
    extra: new BigUint64Array(buffer, next(extra * 8), extra),
    otherKeys: new BigUint64Array(buffer, next(others * 8), others),
    otherStates: new Uint32Array(buffer, next(others * 4), others),
    missing: new Uint32Array(buffer, next(missing * 4), missing),
  };
}

/** Keys as bytes. */
export function bytesOf(numbers: BigUint64Array | Uint32Array): Uint8Array {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Bytes as keys. */
export function keysIn(stored: Uint8Array): BigUint64Array {
  return new BigUint64Array(Uint8Array.from(stored).buffer);
}

/** Where a number stands in a sorted list; -1 when it does not. */
function indexIn(sorted: BigUint64Array, wanted: bigint): number;
function indexIn(sorted: Uint32Array, wanted: number): number;
function indexIn(sorted: BigUint64Array | Uint32Array, wanted: bigint | number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = sorted[middle];
    if (found === undefined) return -1;
    if (found === wanted) return middle;
    if (found < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Names of tests by their key, of those that people are shown. */
export function namesByKey(
  tests: RunTests,
  names: ReadonlyMap<number, TestName>,
): ReadonlyMap<bigint, TestName> {
  const byKey = new Map<bigint, TestName>();
  for (const [index, name] of names) byKey.set(keyOf(tests.fingerprintAt(index)), name);
  return byKey;
}
