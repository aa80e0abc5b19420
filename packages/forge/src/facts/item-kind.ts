/** Issues and changes: a repository may have one without the other, and a user may see one without the other. */
import type { ItemFact, RepositoryFact } from './facts.ts';

export type ItemKind = ItemFact['kind'];
export const ITEM_KINDS: readonly ItemKind[] = ['issue', 'change'];

/** Whether a repository has them, or had them and showed them. */
export function isOn(
  kind: ItemKind,
  { hasIssues, hasChanges }: Pick<RepositoryFact, 'hasIssues' | 'hasChanges'>,
): boolean {
  return kind === 'issue' ? hasIssues : hasChanges;
}
