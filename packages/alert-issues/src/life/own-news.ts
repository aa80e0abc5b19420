/** What the receiver has to say itself: issues that no alert stands behind, kept as all others are. */
import type { OwnIssue } from '../issue/record.ts';
import { digestOf, keyOf } from '../notification/identity.ts';
import type { News } from './news.ts';

/** As one of Alertmanager's: no alert of a deployment is called so. */
const RECEIVER = 'ephemetry alerts gitea';

/** Groups wait as enough issues were opened within an hour; with none that waits, that is over. */
export function limitNews(source: string, issuesPerHour: number, waiting: readonly string[]): News {
  const listed = waiting.slice(0, LISTED_LIMIT).map((title, index) => [`waiting ${index + 1}`, title]);
  const left = waiting.length - listed.length;
  return ownNews('limit', source, waiting.length > 0, {
    alertname: 'AlertIssuesLimited',
    severity: 'p2',
    note: digestOf(waiting),
    annotations: {
      ' summary': `${waiting.length} more groups of alerts fire than --issues-per-hour (${issuesPerHour}) allows to open issues for; each gets one when the hour allows, if it still fires`,
      ...Object.fromEntries(listed),
      ...(left > 0 ? { 'waiting, too': `${left} more` } : {}),
    },
  });
}

/** Nobody would be told of an alert. */
export function watchdogNews(source: string, problem: string | undefined): News {
  return ownNews('watchdog', source, problem !== undefined, {
    alertname: 'WatchdogLost',
    severity: 'p0',
    note: '',
    annotations: { summary: problem ?? '' },
  });
}

const LISTED_LIMIT = 28;

interface Told {
  readonly alertname: string;
  readonly severity: string;
  readonly note: string;
  readonly annotations: Readonly<Record<string, string>>;
}

function ownNews(own: OwnIssue, source: string, isFiring: boolean, told: Told): News {
  const { alertname, severity, note, annotations } = told;
  const groupLabels = { alertname };
  const alert = {
    isFiring,
    fingerprint: '0',
    labels: { alertname, severity },
    annotations,
    startsMs: Date.now(),
    endsMs: undefined,
  };
  return {
    key: keyOf({ source, receiver: RECEIVER, groupLabels }),
    source,
    receiver: RECEIVER,
    groupLabels,
    commonLabels: { alertname, severity },
    groupKey: '',
    alerts: [alert],
    truncated: 0,
    firing: isFiring ? [alert] : [],
    own,
    note,
  };
}
