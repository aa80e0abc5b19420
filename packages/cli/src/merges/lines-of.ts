/** How `merges import` reads its file: line by line, never whole. */
import type { FileHandle } from 'node:fs/promises';

/**
 * The lines of a file, read when they are asked for. `readLines()` alone reads at once, and what it emits
 * before somebody iterates is lost.
 *
 * @see https://nodejs.org/api/readline.html#rlsymbolasynciterator
 */
export async function* linesOf(file: FileHandle): AsyncGenerator<string, void> {
  yield* file.readLines();
}
