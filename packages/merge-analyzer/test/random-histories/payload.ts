/** What random merge events say of their merges. */
import type { Chance } from './chance.ts';
import type { Facts } from './recount.ts';

/** Whole, with something left out, or with something that is none. */
export function payloadOf({ attempts, verdict, project }: Facts, chance: Chance): Record<string, unknown> {
  const whole = { from: 'review', target: 'merged', attempts, last_verdict: verdict, project };
  const roll = chance.below(100);
  if (roll < 3) return { ...whole, attempts: '1' };
  if (roll < 5) return { ...whole, attempts: 0 };
  if (roll < 7) return { ...whole, last_verdict: 7 };
  if (roll < 9) return { ...whole, project: ' ' };
  if (roll < 11) return { ...whole, ahead: true };
  if (roll < 20) return { target: 'merged' };
  if (roll < 24) return { ...whole, attempts: null, project: null };
  return whole;
}

export function isAhead(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'ahead' in payload;
}
