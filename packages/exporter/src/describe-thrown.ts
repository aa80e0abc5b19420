import { textOf } from './text-of.ts';

/** The most that is said of what a host threw. */
const LIMIT_CHARACTERS = 500;

/** What a host threw, as text. A host may throw anything, also what cannot be turned into text. */
export function describeThrown(thrown: unknown): string {
  try {
    const text = textOf(thrown instanceof Error ? thrown.message : thrown);
    return text.length > LIMIT_CHARACTERS ? `${text.slice(0, LIMIT_CHARACTERS)}…` : text;
  } catch {
    return 'a value that cannot be turned into text';
  }
}
