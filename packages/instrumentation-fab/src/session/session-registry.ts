import type { FabInstruments } from '../fab-instruments.ts';
import type { RequestCostUsd } from '../model-usage.ts';
import type { RoleLabels } from '../role-lookup.ts';
import { RoleSession } from './role-session.ts';
import { SessionRole } from './session-role.ts';

/** A program with more open sessions than this gives up on the oldest: its end is unknown. */
const OPEN_LIMIT_SESSIONS = 10_000;
/** Ended sessions that are still recognised when they are resumed. */
const ENDED_LIMIT_SESSIONS = 1_000;
/** Counted events that are still recognised when they are replayed; about 2 MiB of ids. */
const COUNTED_LIMIT_EVENTS = 20_000;

/** What the registry gives every session. */
export interface SessionRegistryParts {
  readonly instruments: FabInstruments;
  readonly nowSeconds: () => number;
  readonly unknownLabels: RoleLabels;
  readonly requestCostUsd: RequestCostUsd;
  /** Called before a session opens. */
  readonly onOpen: () => void;
  /** Called when something of a session is recorded that must not wait: its end, or what waited for its role. */
  readonly onRecorded: () => void;
}

/** Every session of this process, so that one which is resumed or read twice is still one session. */
export class SessionRegistry {
  readonly #parts: SessionRegistryParts;
  /** With how to read the id: the Agent SDK's sessions learn theirs after they have started. */
  readonly #open = new Map<RoleSession, () => string | undefined>();
  readonly #ended = new Map<string, RoleSession>();
  readonly #counted = new Set<string>();
  /** Roles that are being asked for. */
  readonly #asked = new Set<SessionRole>();
  #created = 0;

  constructor(parts: SessionRegistryParts) {
    this.#parts = parts;
  }

  /** A session that fab starts now. */
  start(labels: RoleLabels): RoleSession {
    return this.#add(labels, 'started', () => undefined);
  }

  /** The transport has handed out the session. */
  identify(session: RoleSession, readId: () => string | undefined): void {
    if (this.#open.has(session)) this.#open.set(session, readId);
  }

  /** The session behind an id: the one this process knows, or a new one with these labels. */
  resume(id: string, labelsOf: () => RoleLabels | Promise<RoleLabels>): RoleSession {
    return this.#find(id) ?? this.#add(labelsOf(), 'resumed', () => id);
  }

  /** True when this event was counted before, through whichever handle on its session. */
  isReplay({ ordinal }: RoleSession, identity: string | undefined): boolean {
    if (identity === undefined) return false;
    const key = `${ordinal} ${identity}`;
    if (this.#counted.has(key)) return true;
    this.#counted.add(key);
    dropOldest(this.#counted, COUNTED_LIMIT_EVENTS);
    return false;
  }

  /** Ends what is still open: the process exits, or telemetry stops. */
  cutOff(): void {
    // One that had ended may be resumed at this moment.
    for (const session of [...this.#open.keys(), ...this.#ended.values()]) session.cutOff();
    for (const role of [...this.#asked]) role.giveUp();
  }

  #add(
    labels: RoleLabels | Promise<RoleLabels>,
    origin: 'started' | 'resumed',
    readId: () => string | undefined,
  ): RoleSession {
    const { instruments, nowSeconds, requestCostUsd, onOpen } = this.#parts;
    onOpen();
    this.#created += 1;
    const session = new RoleSession({
      ordinal: this.#created,
      role: this.#roleWith(labels),
      origin,
      instruments,
      nowSeconds,
      requestCostUsd,
      onEnd: (ended) => this.#retire(ended),
    });
    this.#open.set(session, readId);
    if (this.#open.size > OPEN_LIMIT_SESSIONS) this.#abandonOldest();
    return session;
  }

  #roleWith(labels: RoleLabels | Promise<RoleLabels>): SessionRole {
    const { unknownLabels, onRecorded } = this.#parts;
    const role = new SessionRole({
      labels,
      unknownLabels,
      onSettled: (settled) => {
        this.#asked.delete(settled);
        onRecorded();
      },
    });
    if (!role.isKnown) this.#asked.add(role);
    return role;
  }

  /** Two sessions of one id (both still waiting for theirs) give no answer. */
  #find(id: string): RoleSession | undefined {
    const open = [...this.#open].filter(([, readId]) => readId() === id);
    if (open.length === 1) return open[0]?.[0];
    return open.length === 0 ? this.#ended.get(id) : undefined;
  }

  #retire(session: RoleSession): void {
    const id = this.#open.get(session)?.();
    this.#open.delete(session);
    if (id !== undefined) this.#ended.set(id, session);
    dropOldest(this.#ended, ENDED_LIMIT_SESSIONS);
    this.#parts.onRecorded();
  }

  #abandonOldest(): void {
    const [oldest] = this.#open.keys();
    if (oldest === undefined) return;
    oldest.cutOff();
    this.#open.delete(oldest);
  }
}

function dropOldest(entries: Set<string> | Map<string, unknown>, limit: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= limit) return;
    entries.delete(key);
  }
}
