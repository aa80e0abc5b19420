import { describe, expect, test } from 'vitest';
import type { InDoubt } from '../../exporter-options.ts';
import { decideInDoubt } from './in-doubt.ts';

const NOW_UNIX_MS = 1_800_000_000_000;

function decide(inDoubt: InDoubt, ageSeconds: number | undefined, windowSeconds?: number): string {
  const file = ageSeconds === undefined ? {} : { sentUnixSeconds: NOW_UNIX_MS / 1000 - ageSeconds };
  return decideInDoubt(file, { inDoubt, windowSeconds: () => windowSeconds }, NOW_UNIX_MS);
}

describe('a batch in doubt', () => {
  test.each([
    ['resend', 3600, 86_400, 'send'],
    ['resend', 86_401, 86_400, 'keep'],
    ['resend', 8 * 86_400, undefined, 'send'],
    // A clock that was set back.
    ['resend', -86_400, 3600, 'send'],
    ['keep', 1, 86_400, 'keep'],
    ['drop', 1, 86_400, 'drop'],
  ] as const)('%s, %i s old, window %s: %s', (inDoubt, ageSeconds, windowSeconds, decision) => {
    expect(decide(inDoubt, ageSeconds, windowSeconds)).toBe(decision);
  });

  test.each(['resend', 'keep', 'drop'] as const)(
    'one that was never sent is sent at any age: %s',
    (inDoubt) => {
      expect(decide(inDoubt, undefined, 1)).toBe('send');
    },
  );
});
