/**
 * What Alertmanager posts to a webhook, version 4.
 *
 * @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
import {
  listOf,
  momentOf,
  objectOf,
  textOf,
  textsOf,
  UnexpectedValue,
  wholeNumberOf,
} from '../read-value.ts';
import { keyOf } from './identity.ts';

/** One alert of a group. */
export interface Alert {
  readonly isFiring: boolean;
  /** Of its labels, as Alertmanager makes it: what tells alerts apart. */
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsMs: number;
  /** Of one that is resolved. */
  readonly endsMs: number | undefined;
}

/** A group of alerts as it is now. */
export interface Notification {
  /** What the issue is found by. */
  readonly key: string;
  readonly source: string;
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  /** Shown, not trusted. */
  readonly groupKey: string;
  readonly alerts: readonly Alert[];
  /** How many alerts were left out: with them the group may fire although no alert that is here does. */
  readonly truncated: number;
}

/** A notification, or why it is none. */
export type ReadNotification =
  | { readonly kind: 'notification'; readonly notification: Notification }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** It is remembered in each issue. */
const RECEIVER_LIMIT = 500;

/** Reads a body. */
export function readNotification(body: Uint8Array, source: string): ReadNotification {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return { kind: 'notification', notification: parse(JSON.parse(text), source) };
  } catch (error) {
    if (error instanceof UnexpectedValue) return { kind: 'unreadable', problem: error.message };
    return { kind: 'unreadable', problem: 'the body is no JSON in UTF-8' };
  }
}

function parse(body: unknown, source: string): Notification {
  const given = objectOf(body, 'the body');
  if (given['version'] !== '4') {
    const version = JSON.stringify(given['version'])?.slice(0, 100) ?? 'missing';
    throw new UnexpectedValue(`version is ${version}; allowed: "4", as Alertmanager sends it`);
  }
  const receiver = textOf(given['receiver'], 'receiver');
  if (receiver.length > RECEIVER_LIMIT) {
    throw new UnexpectedValue(`receiver has ${receiver.length} characters; allowed: ${RECEIVER_LIMIT}`);
  }
  const groupLabels = textsOf(given['groupLabels'], 'groupLabels');
  const alerts = listOf(given['alerts'], 'alerts').map(parseAlert);
  if (alerts.length === 0) throw new UnexpectedValue('alerts is empty; allowed: one alert or more');
  return {
    key: keyOf({ source, receiver, groupLabels }),
    source,
    receiver,
    groupLabels,
    commonLabels: textsOf(given['commonLabels'], 'commonLabels'),
    groupKey: textOf(given['groupKey'] ?? '', 'groupKey'),
    alerts,
    truncated: wholeNumberOf(given['truncatedAlerts'] ?? 0, 'truncatedAlerts'),
  };
}

function parseAlert(each: unknown, index: number): Alert {
  const place = `alerts[${index}]`;
  const given = objectOf(each, place);
  const status = given['status'];
  if (status !== 'firing' && status !== 'resolved') {
    const shown = JSON.stringify(status)?.slice(0, 100) ?? 'missing';
    throw new UnexpectedValue(`${place}.status is ${shown}; allowed: "firing", "resolved"`);
  }
  const fingerprint = textOf(given['fingerprint'], `${place}.fingerprint`);
  if (!/^[0-9a-f]{1,64}$/.test(fingerprint)) {
    throw new UnexpectedValue(`${place}.fingerprint is no text of 1 to 64 hexadecimal digits`);
  }
  return {
    isFiring: status === 'firing',
    fingerprint,
    labels: textsOf(given['labels'], `${place}.labels`),
    annotations: textsOf(given['annotations'], `${place}.annotations`),
    startsMs: momentOf(given['startsAt'], `${place}.startsAt`),
    endsMs: status === 'firing' ? undefined : momentOf(given['endsAt'], `${place}.endsAt`),
  };
}
