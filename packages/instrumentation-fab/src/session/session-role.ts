import type { RoleLabels } from '../role-lookup.ts';

/** Longest wait for a role that is asked for; then the session is of an unknown role. */
const ANSWER_LIMIT_MS = 10_000;
/** Measurements that wait for the role of one session, at most. */
const WAITING_LIMIT = 1_000;

/** What a {@link SessionRole} is made of. */
export interface SessionRoleParts {
  /** Of the role, or the answer to the question for it. */
  readonly labels: RoleLabels | Promise<RoleLabels>;
  /** What it is where nobody answers in time. */
  readonly unknownLabels: RoleLabels;
  /** Called once when a role that was asked for is known or given up, after what waited for it is recorded. */
  readonly onSettled: (role: SessionRole) => void;
}

/**
 * The role of one session. Measurements wait while it is being asked for: fab's managed-agents API tells the role of
 * a session by a request, and no event may wait for the answer.
 */
export class SessionRole {
  readonly #parts: SessionRoleParts;
  #labels: RoleLabels | undefined;
  #waiting: ((labels: RoleLabels) => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SessionRoleParts) {
    this.#parts = parts;
    const { labels } = parts;
    if (!(labels instanceof Promise)) {
      this.#labels = labels;
      return;
    }
    this.#timer = setTimeout(() => this.giveUp(), ANSWER_LIMIT_MS).unref();
    labels.then(
      (answer) => this.#settle(answer),
      () => this.giveUp(),
    );
  }

  /** False while it is being asked for. */
  get isKnown(): boolean {
    return this.#labels !== undefined;
  }

  /** Measures with the role's labels, now or when they are known. */
  measure(record: (labels: RoleLabels) => void): void {
    if (this.#labels !== undefined) {
      record(this.#labels);
      return;
    }
    this.#waiting.push(record);
    if (this.#waiting.length >= WAITING_LIMIT) this.giveUp();
  }

  /** The role stays unknown: nobody answered, or the process ends. */
  giveUp(): void {
    this.#settle(this.#parts.unknownLabels);
  }

  #settle(labels: RoleLabels): void {
    if (this.#labels !== undefined) return;
    this.#labels = labels;
    clearTimeout(this.#timer);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const record of waiting) record(labels);
    this.#parts.onSettled(this);
  }
}
