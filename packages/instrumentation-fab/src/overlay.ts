/** How to read each property that is replaced; every other one comes from the target. */
export type Replacements = ReadonlyMap<PropertyKey, () => unknown>;

/**
 * The target with some of its properties replaced. All others are its own, read when asked for, and its methods
 * run with the target as `this`, so that private fields work. The target itself is not changed.
 *
 * The proxy stands over an empty object, because a proxy may not replace a property of a frozen target.
 *
 * @throws TypeError when the target is not an object: a transport returned nonsense, and fab must handle that.
 */
export function overlay<Target extends object>(target: Target, replacements: Replacements): Target {
  if (typeof target !== 'object' || target === null) throw new TypeError('only an object can be measured');
  const bound = new Map<unknown, unknown>();
  return new Proxy<Target>(Object.create(null), {
    get: (_shadow, key) => {
      const replacement = replacements.get(key);
      return replacement ? replacement() : ownProperty(target, key, bound);
    },
    set: (_shadow, key, value) => Reflect.set(target, key, value),
    has: (_shadow, key) => Reflect.has(target, key),
    deleteProperty: (_shadow, key) => Reflect.deleteProperty(target, key),
    defineProperty: (_shadow, key, descriptor) => Reflect.defineProperty(target, key, descriptor),
    ownKeys: () => Reflect.ownKeys(target),
    getPrototypeOf: () => Reflect.getPrototypeOf(target),
    getOwnPropertyDescriptor: (_shadow, key) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
      return descriptor && { ...descriptor, configurable: true };
    },
  });
}

/** A method is bound once, so that reading it twice gives the same function. */
function ownProperty(target: object, key: PropertyKey, bound: Map<unknown, unknown>): unknown {
  const value: unknown = Reflect.get(target, key);
  if (typeof value !== 'function' || key === 'constructor') return value;
  const known = bound.get(value) ?? value.bind(target);
  bound.set(value, known);
  return known;
}
