/**
 * What an issue remembers of its alerts: a line in its own block, which a page does not show. The receiver has no other memory.
 * The line stands by itself, and no text from outside ever does, so no label or annotation can pretend to be one.
 */
import { listOf, objectOf, textOf, textsOf, UnexpectedValue, wholeNumberOf } from '../read-value.ts';

/** What is remembered. */
export interface IssueRecord {
  /** Which alert the issue is for. */
  readonly key: string;
  readonly source: string;
  readonly receiver: string;
  /** Empty where they are too long to be remembered. */
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly state: 'firing' | 'resolved';
  /** The alerts that fire, or that fired last: their fingerprints, sorted; the first {@link FINGERPRINT_LIMIT} of them. */
  readonly fingerprints: readonly string[];
  /** Of all of them: two sets of alerts are the same when this is. */
  readonly setDigest: string;
  /** When the first of them began to fire. */
  readonly sinceMs: number;
  /** When the last of those that fire did. @default sinceMs */
  readonly lastStartMs?: number;
  /** When it ended; of one that is resolved. */
  readonly untilMs?: number;
  /** When this was written, by the clock of Gitea: comments that belong to the next change are not older. */
  readonly writtenMs: number;
  /** What was said when it ended: where the next time leads to. */
  readonly endUrl?: string;
  /** That it could not be closed was said. */
  readonly isCloseRefused?: boolean;
  /** Of an issue of ours that no alert stands behind. */
  readonly own?: OwnIssue;
  /** Of own ones: what the text depends on. */
  readonly note?: string;
  /** The issue that stays, of one that was opened at the same time. */
  readonly twinOf?: number;
}

/** What the receiver has to say itself. */
export type OwnIssue = 'limit' | 'watchdog';

/** As many as are looked for in Alertmanager's list. */
export const FINGERPRINT_LIMIT = 500;

/** So that a record has a length that it is found by: a letter may take three bytes. */
const GROUP_LABELS_LIMIT_BYTES = 8_000;

const BEGIN = '<!-- ephemetry-alert v1 ';
const END = ' -->';
export const BLOCK_END = '<!-- ephemetry-alert end -->';
/** A line of its own. */
const LINE = /^<!-- ephemetry-alert v1 ([A-Za-z0-9_-]{1,65536}) -->(?=\r?$)/m;

/** Group labels as a record may hold them. */
export function rememberedLabels(labels: IssueRecord['groupLabels']): IssueRecord['groupLabels'] {
  return Buffer.byteLength(JSON.stringify(labels)) <= GROUP_LABELS_LIMIT_BYTES ? labels : {};
}

/** The line. */
export function recordLine(record: IssueRecord): string {
  return `${BEGIN}${Buffer.from(JSON.stringify(record)).toString('base64url')}${END}`;
}

/** An issue's record, and the line that holds it. Undefined when the issue is none of ours, or somebody took the line out. */
export function findRecord(
  body: string,
): { readonly record: IssueRecord; readonly line: string } | undefined {
  const [line, encoded = ''] = LINE.exec(body) ?? [];
  if (line === undefined) return undefined;
  try {
    return { record: parse(JSON.parse(Buffer.from(encoded, 'base64url').toString())), line };
  } catch (error) {
    if (error instanceof UnexpectedValue || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parse(value: unknown): IssueRecord {
  const given = objectOf(value, 'record');
  const optionalNumber = (name: string): number | undefined =>
    given[name] === undefined ? undefined : wholeNumberOf(given[name], name);
  const optionalText = (name: string): string | undefined =>
    given[name] === undefined ? undefined : textOf(given[name], name);
  const lastStartMs = optionalNumber('lastStartMs');
  const untilMs = optionalNumber('untilMs');
  const endUrl = optionalText('endUrl');
  const note = optionalText('note');
  const twinOf = optionalNumber('twinOf');
  const own = given['own'];
  return {
    key: textOf(given['key'], 'key'),
    source: textOf(given['source'], 'source'),
    receiver: textOf(given['receiver'], 'receiver'),
    groupLabels: textsOf(given['groupLabels'], 'groupLabels'),
    state: given['state'] === 'firing' ? 'firing' : 'resolved',
    fingerprints: listOf(given['fingerprints'], 'fingerprints').map((each) => textOf(each, 'fingerprints')),
    setDigest: textOf(given['setDigest'], 'setDigest'),
    sinceMs: wholeNumberOf(given['sinceMs'], 'sinceMs'),
    writtenMs: wholeNumberOf(given['writtenMs'], 'writtenMs'),
    ...(lastStartMs === undefined ? {} : { lastStartMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(endUrl === undefined ? {} : { endUrl }),
    ...(given['isCloseRefused'] === true ? { isCloseRefused: true } : {}),
    ...(own === 'limit' || own === 'watchdog' ? { own } : {}),
    ...(note === undefined ? {} : { note }),
    ...(twinOf === undefined ? {} : { twinOf }),
  };
}
