/** From what a probe found, and what the witnesses of the network say, to the state of a target. Pure. */
import type { Finding } from '../probe/probe-facts.ts';

/** What is known of a target. */
export type State = 'up' | 'down' | 'unreachable';

/** All states, in the order in which they are shown. */
export const STATES: readonly State[] = ['up', 'down', 'unreachable'];

/**
 * What the witnesses of a network say: one answers, none does, there is none, or they were not asked: the prober was stopped,
 * or this machine could not make the connections.
 */
export type Testimony = 'answers' | 'silent' | 'undeclared' | 'unasked';

/** A state with its reason, or why there is none. */
export type Judgement =
  | { readonly kind: 'judged'; readonly state: State; readonly reason: string }
  | { readonly kind: 'unmeasured'; readonly reason: string };

/** Whether the target itself was heard, so that its network is not cut. */
export function wasHeard({ kind }: Finding): boolean {
  return kind === 'answered' || kind === 'wrong' || kind === 'refused';
}

/** Whether the same would be found if the network were cut: only then are the witnesses asked. */
export function needsWitness(finding: Finding): boolean {
  return !wasHeard(finding) && finding.kind !== 'unmeasured';
}

/**
 * Judges one target. *down* is said only of one that was heard, or whose network is shown to be up; and, where no witness is
 * declared, of one that was silent after it had been connected, and of a command that failed, for whatever cause.
 */
export function judge(finding: Finding, testimony: Testimony): Judgement {
  switch (finding.kind) {
    case 'answered':
      return judged('up', '');
    case 'unmeasured':
      return finding;
    case 'wrong':
    case 'refused':
      return judged('down', finding.reason);
    case 'silent':
    case 'command_failed':
      if (testimony === 'unasked') return unasked(finding.reason);
      return testimony === 'silent' ? isolated(finding.reason) : judged('down', finding.reason);
    case 'resolver_failed':
      if (testimony === 'silent') return isolated(finding.reason);
      // Witnesses say that the network is up: not that its name servers are.
      return judged('unreachable', `${finding.reason}; that says nothing of the target`);
    case 'no_name':
    case 'no_route':
    case 'no_connection':
      if (testimony === 'answers')
        return judged('down', `${finding.reason}; a witness of its network answers`);
      if (testimony === 'silent') return isolated(finding.reason);
      if (testimony === 'unasked') return unasked(finding.reason);
      return judged('unreachable', `${finding.reason}; no witness says whether its network is up`);
  }
}

function isolated(reason: string): Judgement {
  return judged('unreachable', `${reason}; no witness of its network answers`);
}

function unasked(reason: string): Judgement {
  return { kind: 'unmeasured', reason: `${reason}; the witnesses of its network could not be asked` };
}

function judged(state: State, reason: string): Judgement {
  return { kind: 'judged', state, reason };
}
