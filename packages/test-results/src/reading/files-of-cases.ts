/** The file of each case. Tests of one class stand together: the file of the last one is used again. */
import type { TestCase } from '../test-case.ts';
import { fileOf } from './file-of.ts';
import type { Runner } from './runner.ts';

/** A suite that is open. */
export interface OpenSuite {
  readonly name: string;
  readonly file: string;
}

/** Owned by the reader of a report. */
export class FilesOfCases {
  #className = '';
  #suite: OpenSuite | undefined;
  #file = '';

  /** @param given what the case itself says */
  fileOf(
    runner: Runner,
    given: string | undefined,
    { className, name }: Pick<TestCase, 'className' | 'name'>,
    suite: OpenSuite | undefined,
  ): string {
    const isKnown =
      given === undefined && className !== '' && className === this.#className && suite === this.#suite;
    if (isKnown) return this.#file;
    const file = fileOf(runner, given, { className, name }, suite);
    this.#className = given === undefined ? className : '';
    this.#suite = suite;
    this.#file = file;
    return file;
  }
}
