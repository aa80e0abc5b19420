/** What makes two notifications one alert. */
import { createHash } from 'node:crypto';

/** What an issue is for. Alertmanager's `groupKey` holds the route too, so editing a route would file a second issue. */
export interface GroupIdentity {
  /** Which Alertmanager, or cluster of them. */
  readonly source: string;
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
}

/** The same text for the same group, in whatever order its labels come: 32 hexadecimal digits. */
export function keyOf({ source, receiver, groupLabels }: GroupIdentity): string {
  return digestOf([source, receiver, ...sortedEntries(groupLabels).flat()]);
}

/** One text for a list of texts. */
export function digestOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32);
}

/** By name, in the order of their code units. */
export function sortedEntries(labels: Readonly<Record<string, string>>): readonly [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}
