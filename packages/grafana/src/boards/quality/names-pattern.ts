/** A pattern of exactly these names. Of what a name may have, only a dot means something else in a pattern. */
export function patternOf(names: readonly string[]): string {
  return names.map((name) => name.replaceAll('.', '[.]')).join('|');
}
