/** What a receiver of alerts is told. */
import type { Meter } from '@opentelemetry/api';
import type { GiteaServer } from './gitea/gitea-client.ts';

/** Options of {@link createAlertReceiver}. */
export interface AlertReceiverOptions {
  readonly server: GiteaServer;
  /** `owner/name` of the repository that issues are opened in. */
  readonly repository: string;
  /** Names of labels for each new issue. @default none */
  readonly labels?: readonly string[];
  /** Which Alertmanager, or cluster of them, where several file issues in one repository. */
  readonly source: string;
  /** An issue that was closed longer ago is not opened again. */
  readonly reopenWithinMs: number;
  /** 0 for no limit. */
  readonly issuesPerHour: number;
  /** Whose lists of alerts the issues are held against. @default none, and what was never told stays open */
  readonly alertmanagers?: readonly string[];
  /** For how long alerts must be gone before their issue is closed, and the watchdog before that is said. */
  readonly graceMs: number;
  /** The alert that always fires. @default nobody looks for one */
  readonly watchdog?: string;
  /** Called while all is well. @default nobody is called */
  readonly heartbeatUrl?: string;
  /**
   * The bearer token of whoever may deliver, read for each delivery. @default anybody may deliver
   *
   * @throws {Error} when there is none
   */
  readonly webhookToken?: () => string;
  /** Where what is done is counted. */
  readonly meter: Meter;
  /** Told what people should know. */
  readonly onProblem: (line: string) => void;
  /** Told what would be done, and nothing is. @default what is decided is done */
  readonly onDryRun?: (line: string) => void;
}
