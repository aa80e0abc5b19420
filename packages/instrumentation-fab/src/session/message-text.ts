import { properties } from '../known-number.ts';

/** The text of a message's content. A marker split over two blocks counts, so the blocks are joined. */
export function textOf(content: unknown): string {
  if (!Array.isArray(content)) return '';
  const texts = content.map((block: unknown) => properties(block)?.text);
  return texts.filter((text) => typeof text === 'string').join('');
}
