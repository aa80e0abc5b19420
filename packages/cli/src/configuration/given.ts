/**
 * What a configuration file says, as a tree in which everything knows its line: the part of YAML that a configuration needs.
 * Keys are texts, each once; there are no anchors, aliases or tags.
 */
export type Given = GivenMapping | GivenList | GivenScalar;

/** Keys in the order of the file. */
export interface GivenMapping {
  readonly kind: 'mapping';
  readonly line: number;
  readonly entries: readonly GivenEntry[];
  /** Keys whose values were refused already. */
  readonly refused: readonly string[];
}

/** A key with its value. */
export interface GivenEntry {
  readonly key: string;
  /** Of the key. */
  readonly line: number;
  readonly value: Given;
}

interface GivenList {
  readonly kind: 'list';
  readonly line: number;
  readonly items: readonly Given[];
}

interface GivenScalar {
  readonly kind: 'scalar';
  readonly line: number;
  readonly value: string | number | boolean | null;
}

/** Longer values are cut in messages. */
const SHOWN_CHARACTERS = 60;

/** A few words for a message. */
export function shown(given: Given): string {
  switch (given.kind) {
    case 'mapping':
      return given.entries.length === 0 ? 'an empty mapping' : 'a mapping';
    case 'list':
      return given.items.length === 0 ? 'an empty list' : 'a list';
    case 'scalar':
      return given.value === null ? 'empty' : quoted(given.value);
  }
}

/** A value as a message shows it. */
export function quoted(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  const characters = [...value];
  if (characters.length <= SHOWN_CHARACTERS) return JSON.stringify(value);
  const start = JSON.stringify(characters.slice(0, SHOWN_CHARACTERS).join(''));
  return `${start.slice(0, -1)}…" (${characters.length} characters)`;
}
