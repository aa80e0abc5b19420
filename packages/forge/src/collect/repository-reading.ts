/** What one collect reads of a repository. */
import type { Item, Run } from '../api/answers.ts';
import type { RepositoryFact } from '../facts/facts.ts';

export interface RepositoryReading {
  readonly kind: 'reading';
  /** What is known of the repository from now on. */
  readonly fact: RepositoryFact;
  /** Whether everything was read, of a repository that is new here: all of it is the past. */
  readonly isFill: boolean;
  /** What may have changed. */
  readonly items: readonly Item[];
  readonly runs: readonly Run[];
  /** Items that were deleted. */
  readonly goneNumbers: readonly number[];
  readonly goneRunIds: readonly number[];
  /** What people should know: of the repository's new name, of what cannot be read. */
  readonly remarks: readonly string[];
}
