/** Called for each notification, and when the connection that listens is lost. */
export interface Listener {
  readonly onNotification: () => void;
  readonly onLost: (error: Error | undefined) => void;
}

/** What became of the wish to listen. */
export interface Subscription {
  /** False behind a pooler that gives each transaction another session: no notification ever arrives there. */
  readonly isHeard: boolean;
  readonly stop: () => Promise<void>;
}
