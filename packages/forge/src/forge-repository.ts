/** What a deployment wants to know of a forge. */

/** How it is known that an issue was handed to an automatic worker, and that the worker failed. */
export interface DispatchRule {
  /** Issues with this label were handed over. */
  readonly label?: string;
  /** Issues of this assignee were handed over. */
  readonly assignee?: string;
  /** The label of an issue that the worker gave up. */
  readonly failureLabel?: string;
  /** An issue that is open for longer after it was handed over counts as failed. */
  readonly deadlineMs?: number;
}

/** A repository that is collected. */
export interface ForgeRepository {
  /** `owner/name`, as the forge calls it. */
  readonly name: string;
  /** What it is called in metrics. Repositories of one label are added up. @default its name */
  readonly label?: string;
  /** Files of workflows that are told apart; the runs of all others are of the pipeline `unknown`. @default none */
  readonly pipelines?: readonly string[];
  /** @default no issue is handed to an automatic worker */
  readonly dispatch?: DispatchRule;
}
