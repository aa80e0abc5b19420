/** One immutable line of an agent run, after it was parsed: nothing in it can be wrong any more. */

/** What went wrong in a step. */
export interface FaultFields {
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly class: string | undefined;
}

/** What a field of a payload holds; fields that are missing or null are not there. */
export type PayloadValue = string | number | boolean | Readonly<Record<string, string>> | FaultFields;

/** An event. Its run and its place in the run identify it. */
export interface AgentEvent {
  readonly runId: string;
  /** Its place in the run; a whole number of 0 or more, unique within the run. */
  readonly seq: number;
  /** One of the known types, or any other. */
  readonly type: string;
  readonly stage: string | undefined;
  readonly status: string | undefined;
  /** Undefined where another tool's format tells none. */
  readonly unixMs: number | undefined;
  /** The known fields of its type; what else the payload held does not count. */
  readonly fields: ReadonlyMap<string, PayloadValue>;
}

/** A text of the payload. */
export function textOf({ fields }: AgentEvent, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** A number of the payload. */
export function numberOf({ fields }: AgentEvent, name: string): number | undefined {
  const value = fields.get(name);
  return typeof value === 'number' ? value : undefined;
}

/** A truth value of the payload. */
export function truthOf({ fields }: AgentEvent, name: string): boolean | undefined {
  const value = fields.get(name);
  return typeof value === 'boolean' ? value : undefined;
}

/** Texts by name of the payload; none when it is missing. */
export function textsOf({ fields }: AgentEvent, name: string): Readonly<Record<string, string>> {
  const value = fields.get(name);
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The fault of a step. */
export function faultOf({ fields }: AgentEvent): FaultFields | undefined {
  const value = fields.get('error');
  if (typeof value !== 'object' || value === null) return undefined;
  const { code, message, class: given } = value;
  return { code, message, class: given };
}
