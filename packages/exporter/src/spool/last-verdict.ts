/** The verdict of the run that ended last, as a file of the spool tells it: whoever may write to the spool wrote it. */
import { type DeliveryFailure, NO_VERDICT, type Verdict } from '../verdict.ts';
import { camelCased } from './json-keys.ts';

/** With when it was told, and by which run. */
export type LastVerdict = Verdict & { readonly atUnixMs: number; readonly runId: string };

const RUN_ID_LIMIT_CHARACTERS = 100;

/** What each kind of failure is told with: texts, then numbers. */
const FIELDS: Readonly<Record<DeliveryFailure['kind'], readonly [readonly string[], readonly string[]]>> = {
  unreachable: [['endpoint', 'detail'], []],
  tls: [['endpoint', 'detail'], []],
  timeout: [['endpoint'], ['timeoutMs']],
  busy: [['endpoint', 'detail'], ['status']],
  misconfigured: [['endpoint', 'detail'], ['status']],
  'not-otlp': [['endpoint', 'detail'], ['status']],
  rejected: [['endpoint', 'detail'], ['status']],
  'too-large': [[], ['bytes', 'limitBytes']],
  refusing: [
    ['endpoint', 'detail'],
    ['status', 'rejections'],
  ],
  partial: [['endpoint', 'detail'], ['rejectedDataPoints']],
  spool: [['path', 'detail'], []],
  thread: [['detail'], []],
  'spool-only': [[], []],
};

/**
 * Reads the text of the file. Versions before the counts were told apart wrote fewer of them: what is missing is 0. Of a
 * newer version's reason nothing is known. `undefined` when a count or the time is none.
 */
export function parseLastVerdict(text: string): LastVerdict | undefined {
  const read = readKeys(text);
  if (typeof read !== 'object' || read === null) return undefined;
  const of = (key: string): unknown => Reflect.get(read, key);
  const [atUnixMs, runId, failure] = [of('atUnixMs'), of('runId'), of('failure')];
  if (!isCount(Math.floor(Number(atUnixMs))) || typeof runId !== 'string') return undefined;
  const counts: Record<string, number> = {};
  for (const name of Object.keys(NO_VERDICT)) {
    const count = of(name) ?? 0;
    if (!isCount(count)) return undefined;
    counts[name] = count;
  }
  return {
    ...NO_VERDICT,
    ...counts,
    atUnixMs: Number(atUnixMs),
    runId: runId.slice(0, RUN_ID_LIMIT_CHARACTERS),
    ...(isFailure(failure) ? { failure } : {}),
  };
}

/** Of what is no JSON, or is nested too deep, nothing is known. */
function readKeys(text: string): unknown {
  try {
    return camelCased(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isFailure(value: unknown): value is DeliveryFailure {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  const { kind } = value;
  if (typeof kind !== 'string' || !Object.hasOwn(FIELDS, kind)) return false;
  const [texts, numbers] = FIELDS[kind as DeliveryFailure['kind']];
  const of = (key: string): unknown => Reflect.get(value, key);
  return (
    texts.every((key) => typeof of(key) === 'string') && numbers.every((key) => Number.isFinite(of(key)))
  );
}
