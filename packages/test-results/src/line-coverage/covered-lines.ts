/** Lines of source files, each once, however many files tell of it and however often. */
import { RefusedDocument } from '../reading/clean-markup.ts';
import { MalformedDocument } from '../reading/parse-xml.ts';

/** More lines than any program has: they would not fit. */
export const LINES_LIMIT = 10_000_000;

/** What coverage files say together. */
export class CoveredLines {
  /** Weight of each place, negative where it was not executed. */
  readonly #files = new Map<string, Map<string | number, number>>();
  #places = 0;
  readonly #limit: number;

  constructor(limit: number = LINES_LIMIT) {
    this.#limit = limit;
  }

  /**
   * Adds a line, or a block of statements.
   *
   * @param file its path, as the coverage file has it
   * @param place what tells it from others of its file
   * @param hits how often it was executed; text is read as a number
   * @param weight how many statements it stands for
   * @throws {MalformedDocument} when hits or weight are no numbers
   * @throws {RefusedDocument} when they are too many
   */
  add(file: string, place: string | number, hits: unknown, weight = 1): void {
    const count = typeof hits === 'string' && hits.trim() === '' ? Number.NaN : Number(hits);
    if (!Number.isFinite(count) || !Number.isSafeInteger(weight))
      throw new MalformedDocument(`a line was executed ${String(hits).slice(0, 40)} times`);
    const places = this.#files.get(file) ?? new Map<string | number, number>();
    this.#files.set(file, places);
    const before = places.get(place);
    if (before === undefined && ++this.#places > this.#limit)
      throw new RefusedDocument(`there are more than ${this.#limit} lines`);
    if (before === undefined || (before < 0 && count > 0)) places.set(place, count > 0 ? weight : -weight);
  }

  /** Files that have lines. */
  get files(): Iterable<string> {
    return this.#files.keys();
  }

  /**
   * Adds all of another one.
   *
   * @param called what each of its files is called here. @default as it is there
   * @throws {RefusedDocument} when they are too many together
   */
  join(other: CoveredLines, called: (file: string) => string = (file) => file): void {
    for (const [file, places] of other.#files) {
      const name = called(file);
      for (const [place, weight] of places) this.add(name, place, weight > 0 ? 1 : 0, Math.abs(weight));
    }
  }

  /**
   * Whether both have lines of a file and not the same ones: then it is not the same file.
   *
   * @param called what the file is called there
   */
  hasOtherLines(file: string, other: CoveredLines, called: string): boolean {
    const own = this.#files.get(file);
    const theirs = other.#files.get(called);
    if (own === undefined || theirs === undefined) return false;
    return own.size !== theirs.size || [...theirs.keys()].some((place) => !own.has(place));
  }

  get counts(): { readonly covered: number; readonly total: number } {
    let covered = 0;
    let total = 0;
    for (const places of this.#files.values())
      for (const weight of places.values()) {
        total += Math.abs(weight);
        if (weight > 0) covered += weight;
      }
    return { covered, total };
  }
}
