/** Reads one row of the outbox into a merge event, or says why it cannot be one. Nothing is guessed. */
import type { OutboxRow } from './outbox-rows.ts';

/** Why a row is left out. */
export type QuarantineReason =
  | 'payload-unreadable'
  | 'not-ours'
  | 'no-work-item'
  | 'work-item-too-long'
  | 'no-time'
  | 'clock-ahead'
  | 'clock-backwards'
  | 'attempts'
  | 'verdict'
  | 'project'
  | 'facts-unknown';

/** A row that is left out of the rates, with the sentence that names it. */
export interface QuarantinedEvent {
  readonly eventId: string;
  readonly workItemId: string | null;
  readonly reason: QuarantineReason;
  /** What was found, and what is allowed. */
  readonly detail: string;
}

/** What the event itself says of the merge; undefined where it says nothing and the work item is asked. */
export interface MergeEvent {
  readonly eventId: string;
  readonly workItemId: string;
  readonly mergedAt: string;
  readonly attempts: number | undefined;
  /** null: the event says that there was no verdict. */
  readonly verdict: string | null | undefined;
  readonly project: string | undefined;
  readonly row: OutboxRow;
}

/** A row read. `other` is no merge at all: a text payload that only looked like one. */
export type ReadEvent =
  | { readonly kind: 'merge'; readonly event: MergeEvent }
  | { readonly kind: 'quarantined'; readonly event: QuarantinedEvent }
  | { readonly kind: 'other' };

/** The verdict that counts for `rebase_conflict_rate`. */
export const REBASE_CONFLICT = 'rebase_conflict';

/** Counted in 32 bits by the table that keeps it. */
const ATTEMPTS_LIMIT = 2_147_483_647;

/** Work items and projects are keys; an index entry of PostgreSQL holds 2,704 bytes, a crossing's two of them. */
export const NAME_LIMIT_BYTES = 1_024;

/** Characters of a value that a sentence repeats. */
const SHOWN_CHARACTERS = 80;

/** Reads a row. Pure. */
export function readMergeEvent(row: OutboxRow): ReadEvent {
  const payload = parsePayload(row.payload);
  if (payload === undefined) {
    return quarantined(
      row,
      'payload-unreadable',
      `its payload is not a JSON object: ${shorten(row.payload)}`,
    );
  }
  if (payload['target'] !== 'merged') return { kind: 'other' };
  const { workItemId, createdAt } = row;
  if (workItemId === null || workItemId === '') {
    return quarantined(row, 'no-work-item', 'its work_item_id is null; a merge belongs to a work item');
  }
  if (!isWorkItemId(workItemId)) {
    const what = `its work_item_id is too long; allowed: ${NAME_LIMIT_BYTES} bytes`;
    return quarantined(row, 'work-item-too-long', what);
  }
  if (createdAt === null || createdAt === '') {
    return quarantined(
      row,
      'no-time',
      'its created_at is null, infinite or before the year 1; a merge has a time',
    );
  }
  // Null is "none". A merge may have no verdict; of attempts and a project none says nothing: the item is asked.
  const attempts = payload['attempts'] ?? undefined;
  if (attempts !== undefined && !isAttempts(attempts)) {
    return quarantined(row, 'attempts', describeAttempts(attempts));
  }
  const verdict = payload['last_verdict'] === undefined ? payload['verdict'] : payload['last_verdict'];
  if (verdict !== undefined && verdict !== null && typeof verdict !== 'string') {
    return quarantined(
      row,
      'verdict',
      `its verdict is ${shorten(JSON.stringify(verdict))}; allowed: a string or null`,
    );
  }
  const project = payload['project'];
  if (project !== undefined && project !== null && (typeof project !== 'string' || !isProject(project))) {
    const what = `its project is ${shorten(JSON.stringify(project))}; allowed: a name of ${NAME_LIMIT_BYTES} bytes`;
    return quarantined(row, 'project', what);
  }
  return {
    kind: 'merge',
    event: {
      eventId: row.id,
      workItemId,
      mergedAt: createdAt,
      attempts,
      verdict,
      project: project ?? undefined,
      row,
    },
  };
}

/** Whether a value counts attempts: a whole number from 1. */
export function isAttempts(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= ATTEMPTS_LIMIT;
}

/** Whether a text names a project. */
export function isProject(text: string): boolean {
  return text.trim() !== '' && isStorable(text) && isShort(text);
}

/** Whether a database can store a text: not with NUL or half a surrogate pair. */
export function isStorable(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}

function isWorkItemId(text: string): boolean {
  return text !== '' && isShort(text);
}

function isShort(text: string): boolean {
  return Buffer.byteLength(text) <= NAME_LIMIT_BYTES;
}

/** The sentence for a count of attempts that is none. */
export function describeAttempts(value: unknown): string {
  // JSON has no number beyond all numbers, and would say null.
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return `its attempts are ${shorten(shown)}; allowed: a whole number, 1 or more`;
}

function parsePayload(text: string | null): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quarantined(row: OutboxRow, reason: QuarantineReason, what: string): ReadEvent {
  return { kind: 'quarantined', event: quarantine(row, reason, what) };
}

/**
 * A quarantined row with its sentence: which row, and what is wrong with it. It is kept under its work item only
 * if that can be one: of what is no key each event is kept by itself.
 */
export function quarantine(
  row: Pick<OutboxRow, 'id' | 'workItemId'>,
  reason: QuarantineReason,
  what: string,
): QuarantinedEvent {
  const { workItemId } = row;
  const item = workItemId === null || workItemId === '' ? '' : ` (work item ${shorten(workItemId)})`;
  return {
    eventId: row.id,
    workItemId: workItemId !== null && isWorkItemId(workItemId) ? workItemId : null,
    reason,
    detail: `event ${row.id}${item}: ${what}`,
  };
}

/** Enough to recognise it by, not enough to fill a table with. Half a character at the cut could not be stored. */
export function shorten(text: string | null | undefined): string {
  const shown = text ?? 'null';
  if (shown.length <= SHOWN_CHARACTERS) return shown;
  return `${shown.slice(0, SHOWN_CHARACTERS).replace(/\p{Surrogate}$/u, '')}…`;
}
