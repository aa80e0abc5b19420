/** What is told of a group: which of its alerts fire now. */
import { FINGERPRINT_LIMIT, type IssueRecord, type OwnIssue, rememberedLabels } from '../issue/record.ts';
import { digestOf } from '../notification/identity.ts';
import type { Alert, Notification } from '../notification/notification.ts';

/** A notification, or what the receiver has to say itself. */
export interface News extends Notification {
  /** Those that fire; none when the group is resolved. */
  readonly firing: readonly Alert[];
  readonly own?: OwnIssue;
  /** Of own ones: written into the record, and the text is written anew when it changes. */
  readonly note?: string;
}

/** Undefined when it cannot be told whether anything fires: all alerts that are told are resolved, and others were left out. */
export function newsOf(notification: Notification): News | undefined {
  const firing = notification.alerts.filter(({ isFiring }) => isFiring);
  if (firing.length === 0 && notification.truncated > 0) return undefined;
  return { ...notification, firing };
}

/** The same text for the same set of alerts. */
export function setDigestOf({ firing }: News): string {
  return digestOf(fingerprintsOf(firing));
}

/** What an issue of these alerts remembers while they fire. */
export function firingRecord(news: News, sinceMs: number, writtenMs: number): IssueRecord {
  return {
    ...identityOf(news),
    state: 'firing',
    fingerprints: fingerprintsOf(news.firing).slice(0, FINGERPRINT_LIMIT),
    setDigest: setDigestOf(news),
    sinceMs,
    lastStartMs: lastStartOf(news, writtenMs),
    writtenMs,
    ...(news.own === undefined ? {} : { own: news.own }),
    ...(news.note === undefined ? {} : { note: news.note }),
  };
}

/**
 * When the first of them began, at most now: of an alert that was given an end and no start Alertmanager says that it begins when
 * it ends.
 */
export function firstStartOf({ firing }: News, nowMs: number): number {
  return Math.max(0, Math.min(nowMs, ...firing.map(({ startsMs }) => startsMs)));
}

/** When the last of them did, of those that do not say that they begin in the future. */
export function lastStartOf({ firing }: News, nowMs: number): number {
  return Math.max(0, ...firing.map(({ startsMs }) => startsMs).filter((startsMs) => startsMs <= nowMs));
}

/** When the last of them ended, as far as is told; never before `sinceMs` nor after now. */
export function lastEndOf({ alerts }: News, sinceMs: number, nowMs: number): number {
  const ends = alerts.map(({ endsMs }) => endsMs ?? 0);
  const last = Math.max(0, ...ends);
  return last < sinceMs || last > nowMs ? Math.max(sinceMs, nowMs) : last;
}

function identityOf({
  key,
  source,
  receiver,
  groupLabels,
}: News): Pick<IssueRecord, 'key' | 'source' | 'receiver' | 'groupLabels'> {
  return { key, source, receiver, groupLabels: rememberedLabels(groupLabels) };
}

function fingerprintsOf(alerts: readonly Alert[]): readonly string[] {
  return [...new Set(alerts.map(({ fingerprint }) => fingerprint))].sort();
}
