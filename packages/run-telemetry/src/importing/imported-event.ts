/** Events that are made of other formats: the same checks as for lines, but a format may tell no time. */
import { createHash } from 'node:crypto';
import { jsonText } from '../event/json-text.ts';

/** An event before it is checked; its place in the run follows from its place in the list. */
export interface ImportedEvent {
  readonly event_type: string;
  readonly status?: string | undefined;
  readonly timestamp?: unknown;
  readonly payload: object;
}

/** A run that was read. */
export interface ImportedRun {
  readonly runId: string;
  readonly events: readonly ImportedEvent[];
}

/** Anything that was parsed as JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** An object; empty where there is none. */
export function objectIn(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of objects; what else stands in it is left out. */
export function objectsIn(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** As much of a message as clusters look at: a whole trace would be above the limit of a payload, and the event refused. */
export function messageIn(value: unknown): string | undefined {
  return textIn(value)?.slice(0, 2000);
}

export function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Equal for equal content, so that the same run in two files has one id. */
export function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(jsonText(value) ?? 'nested too deep')
    .digest('hex')
    .slice(0, 12);
}

/** How many characters a message has, which stand for tokens that nobody counted. */
export function charactersIn(content: unknown): number | undefined {
  if (typeof content === 'string') return content.length;
  const parts = objectsIn(content).flatMap(({ text }) => (typeof text === 'string' ? [text.length] : []));
  return parts.length === 0 ? undefined : parts.reduce((sum, length) => sum + length, 0);
}

const ID_PART_LIMIT = 80;

/** A part of a run's id: short, and printable. */
export function idPart(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : digestOf(value);
  return text.slice(0, ID_PART_LIMIT).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '_');
}
