/** Cobertura, Clover and JaCoCo: which element is a line, and of which file. */
import { cutFree } from '../judging/kept-name.ts';
import type { ElementReader } from '../reading/parse-xml.ts';
import { MalformedDocument } from '../reading/parse-xml.ts';
import type { CoveredLines } from './covered-lines.ts';

type Attributes = Readonly<Record<string, string>>;

/** Elements that name where lines are, from the outside to the inside. */
const PLACES = new Set(['report', 'group', 'package', 'class', 'sourcefile', 'file']);
/** More than a project has: of a file that only repeats them nothing is held. */
const SOURCES_LIMIT = 64;
/** No system looks a longer path up. */
const SOURCE_CHARACTERS = 4096;
/** In Clover a method is no statement; a line of any other type is one. */
const CLOVER_METHOD = 'method';

/** Reads the lines of one file. */
export class CoverageReader implements ElementReader {
  readonly textOf: ReadonlySet<string> = new Set(['source']);
  readonly #lines: CoveredLines;
  readonly #sources: string[] = [];
  readonly #open: { readonly element: string; readonly name: string }[] = [];

  constructor(lines: CoveredLines) {
    this.#lines = lines;
  }

  /** Folders that names of files start from: Cobertura alone tells them. */
  get sources(): readonly string[] {
    return this.#sources.map((source) => source.trim()).filter((source) => source !== '');
  }

  /** Cobertura and Clover begin with the one, JaCoCo with the other. */
  isRoot(name: string): boolean {
    return name === 'coverage' || name === 'report';
  }

  open(element: string, attributes: Attributes): void {
    if (element === 'line') this.#addLine(attributes);
    else if (element === 'source') this.#sources.push('');
    this.#open.push({ element, name: nameOf(element, attributes) });
  }

  close(): void {
    this.#open.pop();
    if (this.#sources.length > SOURCES_LIMIT) this.#sources.length = SOURCES_LIMIT;
  }

  text(text: string): void {
    const last = this.#sources.length - 1;
    this.#sources[last] = cutFree(`${this.#sources[last]}${text}`, SOURCE_CHARACTERS);
  }

  #addLine({ number, hits, nr, ci, num, count, type }: Attributes): void {
    const place = this.#open.findLast(({ element }) => PLACES.has(element));
    if (place?.element === 'class' && number !== undefined)
      this.#lines.add(place.name, lineNumber(number), hits);
    else if (place?.element === 'sourcefile') this.#lines.add(this.#path(), lineNumber(nr), ci);
    else if (place?.element === 'file' && type !== CLOVER_METHOD)
      this.#lines.add(place.name.includes('/') ? place.name : this.#path(), lineNumber(num), count);
  }

  /**
   * Source files of one name are in several packages, and those in several modules: JaCoCo has a report for each module, or one
   * of all with a group for each.
   */
  #path(): string {
    const places = this.#open.filter(({ element }) => PLACES.has(element));
    const isOfModules = places.some(({ element }) => element === 'group');
    return places
      .filter(({ element }) => element !== 'report' || !isOfModules)
      .map(({ name }) => name)
      .join('/');
  }
}

function nameOf(element: string, { name = '', filename, path }: Attributes): string {
  if (element === 'class') return filename ?? name;
  return element === 'file' ? (path ?? name) : name;
}

function lineNumber(text: string | undefined): number {
  const number = Number(text);
  if (text !== undefined && Number.isSafeInteger(number) && number >= 0) return number;
  throw new MalformedDocument(`a line has the number ${String(text).slice(0, 40)}`);
}
