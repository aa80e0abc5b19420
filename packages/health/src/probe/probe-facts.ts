/** What one probe found, before anything is concluded from it. */

/** The parts of a probe, in the order in which they happen. */
export const PHASES = ['resolve', 'connect', 'tls', 'first_byte', 'transfer'] as const;

/** One of {@link PHASES}. */
export type Phase = (typeof PHASES)[number];

/** Seconds of each phase that was completed; of several requests (redirects) their sum. */
export type PhaseSeconds = { readonly [Name in Phase]?: number };

/** How a probe ended. A `reason` is a sentence without a full stop, for people; it holds no text of the target or a secret. */
export type Finding =
  | { readonly kind: 'answered' }
  /** Something answered, but not as it should. */
  | { readonly kind: 'wrong'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It was connected, and then nothing (more) came until the deadline. */
  | { readonly kind: 'silent'; readonly reason: string }
  /** A command ended with a failure, for whatever cause. */
  | { readonly kind: 'command_failed'; readonly reason: string }
  | { readonly kind: 'no_name' | 'no_route' | 'no_connection'; readonly reason: string }
  /** The name servers of this machine could not say what its address is. */
  | { readonly kind: 'resolver_failed'; readonly reason: string }
  /** The probe could not be made, for a cause on this machine: it says nothing of the target. */
  | { readonly kind: 'unmeasured'; readonly reason: string };

/** What one probe found. */
export interface ProbeFacts {
  readonly finding: Finding;
  readonly phases: PhaseSeconds;
  /** From the start of the probe to its end. */
  readonly seconds: number;
  /** Of the certificate that was presented, also when that was not accepted. */
  readonly certificateExpiryUnixSeconds?: number;
  /** When the probe ended, by the wall clock. */
  readonly endedUnixMs: number;
}
