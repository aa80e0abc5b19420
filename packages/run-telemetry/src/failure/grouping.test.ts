/** How well failures are grouped and classified, held against a set with known truth. */
import { expect, test } from 'vitest';
import { LABELLED_MESSAGES, type LabelledMessage } from '../fixtures/labelled-messages.ts';
import { toFailure } from './failure.ts';
import { FAILURE_CLASSES } from './failure-class.ts';

const failures = LABELLED_MESSAGES.map((labelled) => ({ labelled, failure: failureOf(labelled) }));

function failureOf({ kind, code, message }: LabelledMessage): ReturnType<typeof toFailure> {
  const fault = { code, message, class: undefined };
  return toFailure({ kind, place: 'tool', fault, finishReason: undefined, seq: 1 });
}

test('the set is large enough to say something', () => {
  expect(LABELLED_MESSAGES.length).toBeGreaterThanOrEqual(400);
  expect(new Set(LABELLED_MESSAGES.map(({ group }) => group)).size).toBeGreaterThanOrEqual(80);
  expect(new Set(LABELLED_MESSAGES.map(({ message }) => message)).size).toBeGreaterThan(400);
});

test('nearly all messages are in a cluster that holds their group, all of it and nothing else', () => {
  const groupsOf = membersBy(
    ({ failure }) => failure.cluster,
    ({ labelled }) => labelled.group,
  );
  const clustersOf = membersBy(
    ({ labelled }) => labelled.group,
    ({ failure }) => failure.cluster,
  );
  const wrong = failures.filter(
    ({ labelled, failure }) => clustersOf(labelled.group).size > 1 || groupsOf(failure.cluster).size > 1,
  );
  const accuracy = 1 - wrong.length / failures.length;
  expect(
    accuracy,
    wrong.map(({ labelled, failure }) => `${labelled.message}  =>  ${failure.template}`).join('\n'),
  ).toBeGreaterThanOrEqual(0.98);
});

test.each(FAILURE_CLASSES)('the class %s is precise and complete', (name) => {
  const said = failures.filter(({ failure }) => failure.class === name);
  const inTruth = failures.filter(({ labelled }) => labelled.class === name);
  const both = said.filter(({ labelled }) => labelled.class === name).length;
  const wrong = failures
    .filter(({ labelled, failure }) => (failure.class === name) !== (labelled.class === name))
    .map(({ labelled, failure }) => `${labelled.message}: ${failure.class}, in truth ${labelled.class}`);
  expect(
    both / Math.max(1, said.length) || Number(said.length === 0),
    wrong.join('\n'),
  ).toBeGreaterThanOrEqual(0.95);
  expect(
    both / Math.max(1, inTruth.length) || Number(inTruth.length === 0),
    wrong.join('\n'),
  ).toBeGreaterThanOrEqual(0.95);
});

type Pair = (typeof failures)[number];

function membersBy<Key, Member>(
  key: (pair: Pair) => Key,
  member: (pair: Pair) => Member,
): (of: Key) => ReadonlySet<Member> {
  const members = new Map<Key, Set<Member>>();
  for (const pair of failures)
    members.set(key(pair), (members.get(key(pair)) ?? new Set()).add(member(pair)));
  return (of) => members.get(of) ?? new Set();
}
