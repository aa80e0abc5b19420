import { properties } from '../known-number.ts';
import { textOf } from './message-text.ts';

/** The part of what fab sends into a session that is measured. */
export type InputReading =
  | { readonly kind: 'interrupt' }
  /** The answer to a tool of fab's own. `isDenied`: fab did not call the advisor, its share was used up. */
  | { readonly kind: 'tool-result'; readonly toolUseId: unknown; readonly isDenied: boolean }
  | { readonly kind: 'other' };

/** How fab begins the answer to a call of the advisor that it denies (`streamSessionWithAdvisor`). */
const DENIAL = 'Advisor budget exhausted';

/** Reads one input (`UserEvent` in fab's src/types.ts). Texts are looked at and never kept. */
export function readSessionInput(input: unknown): InputReading {
  const fields = properties(input);
  if (fields?.type === 'user.interrupt') return { kind: 'interrupt' };
  if (fields?.type !== 'user.custom_tool_result') return { kind: 'other' };
  const isDenied = fields.is_error === true && textOf(fields.content).startsWith(DENIAL);
  return { kind: 'tool-result', toolUseId: fields.custom_tool_use_id, isDenied };
}
