/**
 * What a message says every time, without what it says of this one time: URLs, paths, ids, times, quoted text and numbers
 * become `<*>`, words stay. Two passes over at most 2,000 characters, whatever the message is.
 */
import { isPlace, isUnit, isWordOfTime, singular } from './mask-words.ts';

/** Raised with every change of what is masked: it is part of each cluster's id. */
export const MASKER_VERSION = 1;

const MESSAGE_LIMIT = 2000;
const MASK = '<*>';

/** Quoted text and bracketed lists; bounded, so that a quote that never closes costs no second look at all that follows. */
const QUOTED: readonly RegExp[] = [
  /"[^"\n]{0,400}"/g,
  /`[^`\n]{0,400}`/g,
  /[“„‟][^“”„\n]{0,400}[”“]/g,
  /«[^»\n]{0,400}»/g,
  /[「『][^」』\n]{0,400}[」』]/g,
  /‘[^’\n]{0,400}’/g,
  // An apostrophe within a word opens nothing.
  /(?<!\w)'[^'\n]{0,400}'(?!\w)/g,
  /\[[^[\]\n]{0,400}\]/g,
  /\{[^{}\n]{0,400}\}/g,
];
const URL_LIKE = /[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'`<>()[\]{}]{1,1000}/gi;

/** Spaces; text of scripts that put none between words; all else. */
const TOKENS =
  /\s+|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー、。「」]+|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー、。「」]+/gu;
const PUNCTUATION_BEFORE = /^[([{<,;:!?|*'"`]+/;
const PUNCTUATION_AFTER = /[)\]}>,.;:!?|*'"`…]+$/;
/** Between two replaced parts these are part of the list. */
const JOINERS: ReadonlySet<string> = new Set([
  'and',
  'or',
  'und',
  'oder',
  'et',
  'ou',
  'y',
  'o',
  'to',
  '-',
  '–',
  '/',
  '|',
  '&',
]);

/** The template of a message. */
export function maskMessage(message: string): string {
  let text = message.slice(0, MESSAGE_LIMIT).replaceAll(MASK, ' ').replace(URL_LIKE, MASK);
  for (const pattern of QUOTED) text = text.replace(pattern, MASK);
  return joined(maskedTokens(text));
}

/** Words and masks, with their punctuation behind them. */
function maskedTokens(text: string): readonly string[] {
  const parts: string[] = [];
  let sinceNumber = Number.POSITIVE_INFINITY;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token.trim() === '') continue;
    const before = PUNCTUATION_BEFORE.exec(token)?.[0] ?? '';
    const isAllPunctuation = before.length === token.length;
    const after = isAllPunctuation ? '' : (PUNCTUATION_AFTER.exec(token.slice(before.length))?.[0] ?? '');
    const core = token.slice(before.length, token.length - after.length);
    const isNumber = /\d/.test(core);
    sinceNumber = isNumber ? 0 : sinceNumber + 1;
    if (sinceNumber === 1 && isUnit(core)) parts.push(`${MASK}${after}`);
    else parts.push(`${before}${maskedCore(core, sinceNumber <= 2)}${after}`);
  }
  return parts;
}

function maskedCore(core: string, isCounted: boolean): string {
  const assigned = /^([\p{L}_][\p{L}\w.-]{0,60})=(.+)$/u.exec(core);
  if (assigned !== null) return `${assigned[1]}=${MASK}`;
  if (core.includes(MASK) || /\d/.test(core) || isPlace(core) || isWordOfTime(core)) return MASK;
  return isCounted ? singular(core) : core;
}

/** Runs of masks become one, also with commas and conjunctions between them. */
function joined(parts: readonly string[]): string {
  const kept: string[] = [];
  let pending: string[] = [];
  for (const part of parts) {
    const last = kept.at(-1);
    if (last !== undefined && isMask(last) && isMask(part)) {
      kept[kept.length - 1] = `${MASK}${endOf(part)}`;
      pending = [];
    } else if (
      last !== undefined &&
      isMask(last) &&
      JOINERS.has(part.toLowerCase()) &&
      pending.length === 0
    ) {
      pending.push(part);
    } else {
      kept.push(...pending, part);
      pending = [];
    }
  }
  return [...kept, ...pending].join(' ');
}

/** A mask alone, with no more than punctuation around it. */
function isMask(part: string): boolean {
  return part.includes(MASK) && !/[\p{L}\p{N}_=]/u.test(part);
}

/** What closes or separates stays; a comma belongs to the list. */
function endOf(part: string): string {
  return /[)\]}.:;!?]+$/.exec(part)?.[0] ?? '';
}
