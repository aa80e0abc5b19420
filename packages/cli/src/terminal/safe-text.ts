/** Text from files, databases and the network, made harmless for a terminal. */

/**
 * Control characters (C0, DEL, C1: escape sequences begin with them), the controls of writing direction, which show
 * a text in another order than it has, and the separators that a terminal may break a line at.
 */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** One line of text in which nothing moves the cursor, changes colours, sets a title or turns the order around. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, '\ufffd');
}
