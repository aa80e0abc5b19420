/** The whole table of states, and its law: our own cut network makes nobody *down*. */
import { expect, test } from 'vitest';
import type { Finding } from '../probe/probe-facts.ts';
import { judge, needsWitness, type State, type Testimony, wasHeard } from './judge.ts';

const TESTIMONIES: readonly Testimony[] = ['answers', 'silent', 'undeclared', 'unasked'];

/** States by what the witnesses say, in the order of {@link TESTIMONIES}. */
const TABLE: readonly [Finding['kind'], readonly (State | undefined)[]][] = [
  ['answered', ['up', 'up', 'up', 'up']],
  ['wrong', ['down', 'down', 'down', 'down']],
  ['refused', ['down', 'down', 'down', 'down']],
  ['silent', ['down', 'unreachable', 'down', undefined]],
  ['command_failed', ['down', 'unreachable', 'down', undefined]],
  ['no_name', ['down', 'unreachable', 'unreachable', undefined]],
  ['no_route', ['down', 'unreachable', 'unreachable', undefined]],
  ['no_connection', ['down', 'unreachable', 'unreachable', undefined]],
  ['resolver_failed', ['unreachable', 'unreachable', 'unreachable', 'unreachable']],
  ['unmeasured', [undefined, undefined, undefined, undefined]],
];

test.each(TABLE)('%s', (kind, states) => {
  const finding: Finding = kind === 'answered' ? { kind } : { kind, reason: 'why' };
  const judged = TESTIMONIES.map((testimony) => judge(finding, testimony));
  expect(judged.map((each) => (each.kind === 'judged' ? each.state : undefined))).toEqual(states);
  // Who is down, or not measured, always says why.
  for (const each of judged) expect(each.reason.includes('why')).toBe(kind !== 'answered');
});

test.each(TABLE)('%s: without having heard the target, silent witnesses make it unreachable', (kind) => {
  const finding: Finding = kind === 'answered' ? { kind } : { kind, reason: 'why' };
  const judged = judge(finding, 'silent');
  if (judged.kind === 'judged' && judged.state === 'down') expect(wasHeard(finding)).toBe(true);
  expect(needsWitness(finding)).toBe(!wasHeard(finding) && kind !== 'unmeasured');
});
