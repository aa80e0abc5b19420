/** What an issue says of its alerts: its title, the block in its body, and the comments. Data of others stands in code only. */
import { sortedEntries } from '../notification/identity.ts';
import type { Alert, Notification } from '../notification/notification.ts';
import { codeSpan, titleText } from './harmless-text.ts';
import { BLOCK_END, type IssueRecord, recordLine } from './record.ts';

const TITLE_LIMIT = 200;
const LISTED_ALERTS_LIMIT = 50;
const LISTED_LABELS_LIMIT = 30;
const NAME_LIMIT = 100;
const VALUE_LIMIT = 300;
const GROUP_KEY_LIMIT = 500;

/** `[p2] DiskUsageHigh: host-a /dev/sda1` */
export function titleOf({ groupLabels, commonLabels }: Notification): string {
  const name = groupLabels['alertname'] ?? commonLabels['alertname'] ?? 'Alert';
  const level = levelOf(groupLabels['severity'] ?? commonLabels['severity']);
  const subject = sortedEntries(groupLabels)
    .filter(([label]) => label !== 'alertname' && label !== 'severity')
    .map(([, value]) => value)
    .filter((value) => value !== '')
    .join(' ');
  const rest = subject === '' ? '' : `: ${subject}`;
  return titleText(`${level}${name}${rest}`, TITLE_LIMIT);
}

function levelOf(severity: string | undefined): string {
  return severity === undefined || severity === '' ? '' : `[${severity}] `;
}

/** What it needs to know of the alerts, beside the record. */
export type ShownGroup = Pick<Notification, 'groupLabels' | 'commonLabels' | 'groupKey' | 'truncated'> & {
  /** Those that fire. */
  readonly firing: readonly Alert[];
};

/** The block of an issue whose alerts fire. */
export function firingBlock(record: IssueRecord, group: ShownGroup): string {
  const { firing, truncated } = group;
  const listed = firing.slice(0, LISTED_ALERTS_LIMIT);
  const left = firing.length - listed.length + truncated;
  const one = firing.length === 1;
  return block(record, [
    `**${one ? '1 alert fires' : `${firing.length} alerts fire`}** since ${timeText(record.sinceMs)}.`,
    '',
    ...groupLines(record, group),
    ...listed.flatMap(alertLines),
    ...(left === 0 ? [] : ['', `And ${left} more.`]),
  ]);
}

/** The block of an issue whose alerts are over. */
export function resolvedBlock(record: IssueRecord): string {
  const until = record.untilMs ?? record.writtenMs;
  const span = `from ${timeText(record.sinceMs)} to ${timeText(until)}`;
  return block(record, [
    record.twinOf === undefined
      ? `**Nothing fires.** The alert fired for ${durationText(until - record.sinceMs)}, ${span}.`
      : `**A twin of #${record.twinOf}**, which was opened at the same time.`,
    '',
    ...identityLines(record),
  ]);
}

function block(record: IssueRecord, lines: readonly string[]): string {
  const told = '*This part is kept up to date. What stands above and below it stays as people write it.*';
  return [recordLine(record), '', ...lines, '', told, BLOCK_END].join('\n');
}

/** Puts the block in the place of the one that is there, or at the end. Everything else stays. */
export function withBlock(body: string, line: string | undefined, newBlock: string): string {
  const start = line === undefined ? -1 : body.indexOf(line);
  if (line === undefined || start === -1) return body === '' ? newBlock : `${body}\n\n${newBlock}`;
  const end = body.indexOf(BLOCK_END, start);
  // Without its end nobody knows what is ours: the line alone is.
  const rest = end === -1 ? body.slice(start + line.length) : body.slice(end + BLOCK_END.length);
  return body.slice(0, start) + newBlock + rest;
}

function groupLines(record: IssueRecord, { groupKey, commonLabels }: ShownGroup): readonly string[] {
  const others = sortedEntries(commonLabels).filter(([name]) => !Object.hasOwn(record.groupLabels, name));
  return [
    ...identityLines(record),
    ...(others.length === 0 ? [] : [`- common labels: ${labelsText(others)}`]),
    ...(groupKey === '' ? [] : [`- group key: ${codeSpan(groupKey, GROUP_KEY_LIMIT)}`]),
  ];
}

function identityLines({ groupLabels, receiver, source }: IssueRecord): readonly string[] {
  const labels = sortedEntries(groupLabels);
  return [
    ...(labels.length === 0 ? [] : [`- group: ${labelsText(labels)}`]),
    `- receiver: ${codeSpan(receiver, NAME_LIMIT)}, source: ${codeSpan(source, NAME_LIMIT)}`,
  ];
}

function alertLines({ startsMs, labels, annotations }: Alert): readonly string[] {
  return [
    '',
    `Since ${timeText(startsMs)}: ${labelsText(sortedEntries(labels))}`,
    '',
    ...sortedEntries(annotations)
      .slice(0, LISTED_LABELS_LIMIT)
      .map(([name, value]) => `- ${codeSpan(name, NAME_LIMIT)}: ${codeSpan(value, VALUE_LIMIT)}`),
  ];
}

function labelsText(labels: readonly (readonly [string, string])[]): string {
  const listed = labels.slice(0, LISTED_LABELS_LIMIT);
  const left = labels.length - listed.length;
  const texts = listed.map(([name, value]) => codeSpan(`${name}=${value}`, NAME_LIMIT + VALUE_LIMIT));
  return [...texts, ...(left === 0 ? [] : [`and ${left} more`])].join(', ');
}

/** Of a change of the set of alerts that fire. */
export function changeComment(firing: number, added: number, gone: number): string {
  const changes = [
    ...(added === 0 ? [] : [`${added} more ${added === 1 ? 'fires' : 'fire'}`]),
    ...(gone === 0 ? [] : [`${gone} ${gone === 1 ? 'is' : 'are'} over`]),
  ];
  const now = firing === 1 ? '1 alert fires' : `${firing} alerts fire`;
  return `**${now} now**${changes.length === 0 ? '' : `: ${changes.join(', ')}`}. The text above says which.`;
}

/** Of alerts that fire again. */
export function againComment({ sinceMs, untilMs, endUrl }: IssueRecord): string {
  if (untilMs === undefined) return '**Fires again.**';
  const span = `from ${timeText(sinceMs)} to ${timeText(untilMs)}`;
  // What Gitea gave as the address of a comment, in pointed brackets: no character in it ends the link.
  const link =
    endUrl === undefined ? '' : ` ([how it ended](<${endUrl.replace(/[<>\s]/g, encodeURIComponent)}>))`;
  return `**Fires again.** Last time it fired for ${durationText(untilMs - sinceMs)}, ${span}${link}.`;
}

/** Of alerts that Alertmanager says are resolved. */
export function resolvedComment(sinceMs: number, untilMs: number): string {
  return `**Resolved** after ${durationText(untilMs - sinceMs)}.`;
}

/** Of alerts whose end was never told. */
export function goneComment(goneMs: number): string {
  return `**Closed, as nothing fires.** Alertmanager has none of these alerts for ${durationText(goneMs)}, and did not say that they were resolved: notifications get lost when a program is down, and alerts that are silenced or inhibited end without one.`;
}

export const DEPENDENCIES_COMMENT =
  'This issue cannot be closed, as it has open dependencies. It is closed when they are.';

export function twinComment(number: number): string {
  return `The same alert as #${number}, which was opened at the same time and stays.`;
}

/** `2026-11-29 10:00 UTC` */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 3 h` */
function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
