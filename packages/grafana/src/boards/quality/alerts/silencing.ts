/** How an alert that Alertmanager routes is silenced, and when it ends: the same words on each page. */

/** The command that silences it for two hours: time to mend it, and no longer. */
export function silence(title: string): string {
  return `amtool silence add alertname=${title} --duration=2h --comment="who mends it, and how"`;
}

/** How long an alert still fires after it is bad no more, so that a value at its limit makes one incident. */
export const KEPT_FIRING = '10m';
