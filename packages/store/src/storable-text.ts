const UNSTORABLE = /[\0\ud800-\udfff]/gu;

/**
 * A text as every engine keeps it: PostgreSQL has none with a zero byte or half a character. What is shown of a text loses
 * nothing by it.
 *
 * @example
 * ```ts
 * import { storableText } from '@ephemetry/store';
 *
 * console.log(storableText('a\0b')); // a\ufffdb
 * ```
 */
export function storableText(text: string): string {
  // To look first takes a fifth of the time: nearly all texts are as they should be.
  return text.search(UNSTORABLE) === -1 ? text : text.replace(UNSTORABLE, '\ufffd');
}
