/** What follows from the exporter's own numbers. */
import { renderSpoolReference } from './spool-reference.ts';

/** Paths are relative to the root of the repository. */
export function generatedFiles(): readonly { readonly path: string; readonly text: string }[] {
  return [{ path: 'docs/reference/spool.md', text: renderSpoolReference() }];
}
