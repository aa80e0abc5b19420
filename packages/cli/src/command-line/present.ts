/** The values that are there: packages tell an option that is missing from one that is undefined. */
export function present<Values extends object>(
  values: Values,
): { [Key in keyof Values]?: NonNullable<Values[Key]> } {
  const there: { [Key in keyof Values]?: NonNullable<Values[Key]> } = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined && value !== null) there[key] = value;
  }
  return there;
}
