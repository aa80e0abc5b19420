/** How an alert that Alertmanager routes is silenced, and when it ends: the same words on each page. */

/**
 * How it is silenced for two hours, time to mend it and no longer. Markdown. Only for what it is about: a silence by name
 * alone would hide the same alert of everything else.
 *
 * @param labels tell what the alert is about; none where there is only one of it
 */
export function silence(title: string, labels: readonly string[]): string {
  const chosen = labels.map((label) => ` ${label}="${label.toUpperCase()}"`).join('');
  const command = `\`amtool silence add alertname=${title}${chosen} --duration=2h --comment="who mends it, and how"\``;
  if (labels.length === 0) return command;
  const names = labels.map((label) => `\`${label}\``).join(' and ');
  return `${command}, with the ${names} that the alert names. Without ${labels.length === 1 ? 'it' : 'them'} this alert is silent for everything.`;
}

/** How long an alert still fires after it is bad no more, so that a value at its limit makes one incident. */
export const KEPT_FIRING = '10m';
