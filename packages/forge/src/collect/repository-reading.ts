/** What one collect reads of a repository. */
import type { Item, Run } from '../api/answers.ts';
import type { RepositoryFact } from '../facts/facts.ts';
import type { StagedFacts } from '../history/staging.ts';

export interface RepositoryReading {
  readonly kind: 'reading';
  /** What is known of the repository from now on. */
  readonly fact: RepositoryFact;
  /** Everything, of a repository that is new here: all of it is the past. Undefined of one that is known. */
  readonly staged: StagedFacts | undefined;
  /** What may have changed, of one that is known. */
  readonly items: readonly Item[];
  readonly runs: readonly Run[];
  /** Items that were deleted. */
  readonly goneNumbers: readonly number[];
  readonly goneRunIds: readonly number[];
  /** What people should know: of the repository's new name, of what cannot be read. */
  readonly remarks: readonly string[];
}
