/** What whoever delivers is answered: with 2xx only once Gitea has it, as Alertmanager repeats what is answered otherwise. */
import { describeGiteaFailure } from './gitea/gitea-failure.ts';
import type { Kept } from './life/issue-keeper.ts';
import type { NotificationOutcome } from './record/alert-recorder.ts';

/** A status, and a line that Alertmanager writes into its log. */
export interface DeliveryAnswer {
  readonly status: number;
  readonly message: string;
  readonly outcome: NotificationOutcome;
}

export const ACCEPTED: DeliveryAnswer = { status: 200, message: 'Gitea has it', outcome: 'accepted' };

export function unreadable(problem: string): DeliveryAnswer {
  return {
    status: 400,
    message: `this is no notification of Alertmanager: ${problem}`,
    outcome: 'unreadable',
  };
}

export function unauthorized(message: string): DeliveryAnswer {
  return { status: 401, message, outcome: 'unauthorized' };
}

/** Alertmanager tries again. */
export function unavailable(message: string): DeliveryAnswer {
  return { status: 503, message, outcome: 'unavailable' };
}

export function answerTo(kept: Kept, issuesPerHour: number): DeliveryAnswer {
  switch (kept.kind) {
    case 'kept':
      return ACCEPTED;
    case 'limited': {
      const message = `${issuesPerHour} issues were opened within an hour, which is the limit (--issues-per-hour); try again`;
      return { status: 503, message, outcome: 'limited' };
    }
    case 'failed':
      return unavailable(describeGiteaFailure(kept.failure));
  }
}
