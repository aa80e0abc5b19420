/** What is kept of a forge: how things were when they were last read. */
import type { Run } from '../api/answers.ts';

/** An issue or a change. */
export interface ItemFact {
  readonly kind: 'issue' | 'change';
  readonly number: number;
  /** 0 where nobody knows. */
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly isOpen: boolean;
  readonly closedMs: number | undefined;
  readonly mergedMs: number | undefined;
  /** When it was first seen with the label or assignee of an automatic worker. */
  readonly handedOverMs: number | undefined;
  /** How often it was seen open after it was closed, since it was handed over. */
  readonly reopenings: number;
  readonly hasFailureLabel: boolean;
}

/** A run of a pipeline, as it was read. */
export type RunFact = Run;

/** What is known of a repository as a whole. Times are the forge's, but for `collectedMs`. */
export interface RepositoryFact {
  readonly name: string;
  /** Where the forge is: the same name elsewhere is another repository. */
  readonly server: string;
  readonly forgeId: number;
  /** Counts collects, so that one that read older answers does not overwrite a newer one. */
  readonly revision: number;
  /** Items up to this number were there at the first collect: that they were opened is the past. */
  readonly filledNumber: number;
  /**
   * Of runs up to this one those that are not kept are the past: they had ended at the first collect, or were counted and
   * forgotten. Undefined where runs were never read.
   */
  readonly filledRunId: number | undefined;
  /** The newest run that was read; 0 where there is none. */
  readonly newestRunId: number;
  /** Everything that changed before was read. Undefined when nothing has been there yet. */
  readonly watermarkMs: number | undefined;
  /** The forge's clock when the last complete collect began. */
  readonly forgeNowMs: number;
  /** Our clock then: all that changed before was read. */
  readonly collectedMs: number;
  readonly hasIssues: boolean;
  readonly hasChanges: boolean;
  readonly hasRuns: boolean;
  /** How issues that are handed over were told apart, see `ruleText`. Undefined where an older version did not say. */
  readonly dispatchRule: string | undefined;
  /** Of the open issues and changes that the forge counts so many are in no list of it: they were deleted. */
  readonly unlisted: number;
}
