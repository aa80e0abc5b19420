/** The largest of numbers; undefined where there is none. */
export function mostOf(numbers: readonly (number | undefined)[]): number | undefined {
  let most: number | undefined;
  for (const number of numbers)
    if (number !== undefined && (most === undefined || number > most)) most = number;
  return most;
}
