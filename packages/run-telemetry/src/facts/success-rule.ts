/** When a run that does not say so itself was a success. */
import { type AgentEvent, numberOf, textOf, truthOf } from '../event/agent-event.ts';

/** What success is taken from where `run.finished` does not tell it. */
export type SuccessRule =
  | { readonly kind: 'none' }
  /** A run that completed succeeded. */
  | { readonly kind: 'outcome' }
  /** The last evaluation of this name reached the score. */
  | { readonly kind: 'evaluation'; readonly name: string; readonly score: number };

/** Only what runs say themselves. */
export const NO_SUCCESS_RULE: SuccessRule = { kind: 'none' };

/** `outcome` or `evaluation:NAME>=SCORE`; undefined for anything else. */
export function parseSuccessRule(text: string): SuccessRule | undefined {
  if (text === 'outcome') return { kind: 'outcome' };
  const [, name, score] = /^evaluation:(.{1,200})>=(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(text) ?? [];
  if (name === undefined || !Number.isFinite(Number(score))) return undefined;
  return { kind: 'evaluation', name, score: Number(score) };
}

/** The text of a rule, which {@link parseSuccessRule} reads; `none` where there is none. */
export function formatSuccessRule(rule: SuccessRule): string {
  return rule.kind === 'evaluation' ? `evaluation:${rule.name}>=${rule.score}` : rule.kind;
}

/** Whether a run succeeded; undefined when nobody said it. */
export function successOf(
  events: readonly AgentEvent[],
  finished: AgentEvent | undefined,
  rule: SuccessRule,
): boolean | undefined {
  if (finished === undefined || finished.status === 'cancelled') return undefined;
  if (finished.status === 'failed') return false;
  const said = truthOf(finished, 'success');
  if (said !== undefined) return said;
  switch (rule.kind) {
    case 'none':
      return undefined;
    case 'outcome':
      return finished.status === 'completed' ? true : undefined;
    case 'evaluation': {
      const last = events.findLast(
        (event) => event.type === 'evaluation' && textOf(event, 'name') === rule.name,
      );
      const score = last === undefined ? undefined : numberOf(last, 'score');
      return score === undefined ? undefined : score >= rule.score;
    }
  }
}
