/** Names of tests that are kept after their report was read, so that people can be shown them. */
import type { TestName } from '../test-case.ts';

/** So much is kept of a file, a class and a name each. */
export const NAME_LIMIT_CHARACTERS = 400;

/** The name, cut, without the piece of the report that it was read from. */
export function keptName({ file, className, name }: TestName): TestName {
  return { file: cutFree(file), className: cutFree(className), name: cutFree(name) };
}

/** A copy of the beginning: a part of a string, however short, keeps the whole string in memory. */
export function cutFree(text: string, characters: number = NAME_LIMIT_CHARACTERS): string {
  return Buffer.from(text.slice(0, characters), 'utf16le').toString('utf16le');
}
