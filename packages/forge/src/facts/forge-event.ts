/** What happened in a forge between two collects. */
import type { RunResult } from '../api/answers.ts';

export type ForgeEvent =
  | { readonly kind: 'issue'; readonly event: 'opened' | 'closed' | 'reopened' }
  | { readonly kind: 'change'; readonly event: 'opened' | 'merged' | 'closed' }
  /** From the creation of a change to its merge. */
  | { readonly kind: 'merge'; readonly seconds: number }
  /** A run that finished. */
  | { readonly kind: 'run'; readonly workflow: string; readonly result: RunResult; readonly seconds: number };
