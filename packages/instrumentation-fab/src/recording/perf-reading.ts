import { knownAmount, knownCount, properties } from '../known-number.ts';
import { type RefusedInput, refuse } from './record-outcome.ts';

/** What fab keeps of one role in `.fab-perf.json`, summed over all of its runs (`src/perf.ts`). */
export interface RoleMetrics {
  readonly sessions: number;
  readonly selfEvalPass: number;
  readonly selfEvalFail: number;
  readonly advisorCalls: number;
  readonly revisions: number;
  readonly totalInputTokens: number;
  readonly totalOutputTokens: number;
  /** Written by later versions of fab only. */
  readonly totalCostUsd?: number | undefined;
}

/** One reading of `.fab-perf.json`: role to its metrics. `{}` is the reading of a file that is not there yet. */
export type PerfReading = Readonly<Record<string, RoleMetrics>>;

/** A reading that holds what it should, or why it does not. */
export type ParsedPerfReading = { readonly kind: 'parsed'; readonly roles: ReadonlyMap<string, RoleMetrics> };

const COUNTS = [
  'sessions',
  'selfEvalPass',
  'selfEvalFail',
  'advisorCalls',
  'revisions',
  'totalInputTokens',
  'totalOutputTokens',
] as const;

/** fab has 78 roles; a file with more entries than this is another file. */
const ROLES_LIMIT = 1_000;

/** Checks a reading from outside. `name` says in messages which of the two it is. */
export function parsePerfReading(name: string, given: unknown): ParsedPerfReading | RefusedInput {
  const entries = properties(given);
  if (entries === undefined)
    return refuse(name, given, 'the object that fab writes to .fab-perf.json, or {} when there is no file');
  const roles = Object.entries(entries);
  if (roles.length > ROLES_LIMIT)
    return refuse(`the number of roles in ${name}`, roles.length, `at most ${ROLES_LIMIT}`);
  const parsed = new Map<string, RoleMetrics>();
  for (const [role, metrics] of roles) {
    const result = parseRoleMetrics(`${name}[${JSON.stringify(role.slice(0, 64))}]`, metrics);
    if ('kind' in result) return result;
    parsed.set(role, result);
  }
  return { kind: 'parsed', roles: parsed };
}

function parseRoleMetrics(where: string, given: unknown): RoleMetrics | RefusedInput {
  const fields = properties(given);
  if (fields === undefined) return refuse(where, given, 'an object with the metrics of a role');
  for (const name of COUNTS) {
    if (knownCount(fields[name]) === undefined)
      return refuse(`${where}.${name}`, fields[name], 'a whole number of at least 0');
  }
  const { totalCostUsd } = fields;
  if (totalCostUsd !== undefined && knownAmount(totalCostUsd) === undefined)
    return refuse(`${where}.totalCostUsd`, totalCostUsd, 'a number of at least 0, or nothing');
  const count = (name: (typeof COUNTS)[number]): number => knownCount(fields[name]) ?? 0;
  return {
    sessions: count('sessions'),
    selfEvalPass: count('selfEvalPass'),
    selfEvalFail: count('selfEvalFail'),
    advisorCalls: count('advisorCalls'),
    revisions: count('revisions'),
    totalInputTokens: count('totalInputTokens'),
    totalOutputTokens: count('totalOutputTokens'),
    ...(typeof totalCostUsd === 'number' && { totalCostUsd }),
  };
}

/** What came in between two readings of a role. `isRestart`: something shrank, so all of `after` is new. */
export function subtractRoleMetrics(
  before: RoleMetrics | undefined,
  after: RoleMetrics,
): { readonly added: RoleMetrics; readonly isRestart: boolean } {
  if (before === undefined) return { added: after, isRestart: false };
  if (hasShrunk(before, after)) return { added: after, isRestart: true };
  const { totalCostUsd } = after;
  const added = {
    sessions: after.sessions - before.sessions,
    selfEvalPass: after.selfEvalPass - before.selfEvalPass,
    selfEvalFail: after.selfEvalFail - before.selfEvalFail,
    advisorCalls: after.advisorCalls - before.advisorCalls,
    revisions: after.revisions - before.revisions,
    totalInputTokens: after.totalInputTokens - before.totalInputTokens,
    totalOutputTokens: after.totalOutputTokens - before.totalOutputTokens,
    ...(totalCostUsd !== undefined && { totalCostUsd: totalCostUsd - (before.totalCostUsd ?? 0) }),
  };
  return { added, isRestart: false };
}

function hasShrunk(before: RoleMetrics, after: RoleMetrics): boolean {
  const costShrank = after.totalCostUsd !== undefined && after.totalCostUsd < (before.totalCostUsd ?? 0);
  return costShrank || COUNTS.some((name) => after[name] < before[name]);
}
