/** Which dispatch rule facts were made by: one that is declared later must be held against issues that did not change since. */
import type { DispatchRule } from '../forge-repository.ts';

/** The rule as it is kept with the facts. The deadline is no part of it: it is held against facts whenever they are shown. */
export function ruleText({ label, assignee, failureLabel }: DispatchRule = {}): string {
  return JSON.stringify([label ?? null, assignee ?? null, failureLabel ?? null]);
}

/** What two rules differ in: who is handed over, or only what a failure is. */
export function ruleChange(before: string | undefined, now: string): 'none' | 'failure' | 'handover' {
  if (before === undefined || before === now) return 'none';
  return handover(before) === handover(now) ? 'failure' : 'handover';
}

function handover(text: string): string {
  const rule: unknown = JSON.parse(text);
  return JSON.stringify(Array.isArray(rule) ? rule.slice(0, 2) : rule);
}
