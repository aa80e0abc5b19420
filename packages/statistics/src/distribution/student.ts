/** Student's t for whole degrees of freedom, by its finite series. */

const BISECTIONS = 80;

/**
 * The probability of a value above `t` with `df` degrees of freedom.
 *
 * @param df - a whole number, 1 or more
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4
 */
export function studentUpperTail(t: number, df: number): number {
  if (t < 0) return 1 - studentUpperTail(-t, df);
  const angle = Math.atan2(t, Math.sqrt(df));
  return Math.max(0, (1 - betweenMinusAndPlus(angle, df)) / 2);
}

/**
 * The `t` above which a share `p` of all values lies.
 *
 * @param p - between 0 and 0.5
 */
export function studentUpperQuantile(p: number, df: number): number {
  let low = 0;
  let high = 1;
  while (studentUpperTail(high, df) > p) high *= 2;
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    if (studentUpperTail(middle, df) > p) low = middle;
    else high = middle;
  }
  return high;
}

function betweenMinusAndPlus(angle: number, df: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = df % 2 === 1;
  if (df === 1) return (2 * angle) / Math.PI;
  let term = isOdd ? cosine : 1;
  let sum = term;
  for (let index = isOdd ? 3 : 2; index <= df - 2; index += 2) {
    term *= (cosine * cosine * (index - 1)) / index;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
