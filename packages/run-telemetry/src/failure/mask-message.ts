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

/** So many places of a message are told, and so much of each. */
const VALUES_LIMIT = 20;
const VALUE_LIMIT = 64;

/** What a message says every time, and what stood in its places this one time. */
export interface MaskedMessage {
  readonly template: string;
  /** In the order of the masks of the template. */
  readonly values: readonly string[];
}

/** A piece of a template, with what it stands for. */
interface Part {
  readonly text: string;
  /** Undefined where nothing was replaced. */
  readonly value: string | undefined;
}

/** Text in which parts are replaced, with what stood there, in their order. */
interface Replaced {
  readonly text: string;
  readonly originals: readonly string[];
}

/** The template of a message. */
export function maskMessage(message: string): string {
  return maskParts(message).template;
}

/** The template of a message with the values of its places. */
export function maskParts(message: string): MaskedMessage {
  let replaced: Replaced = { text: message.slice(0, MESSAGE_LIMIT).replaceAll(MASK, ' '), originals: [] };
  for (const pattern of [URL_LIKE, ...QUOTED]) replaced = replacedBy(pattern, replaced);
  const parts = joined(maskedTokens(replaced));
  const values = parts.flatMap(({ value }) => (value === undefined ? [] : [shownValue(value)]));
  return { template: parts.map(({ text }) => text).join(' '), values: values.slice(0, VALUES_LIMIT) };
}

/** Without the quotes around it. */
function shownValue(value: string): string {
  const bare = /^(["'`])([^"'`]+)\1$/.exec(value)?.[2] ?? value;
  return bare.length > VALUE_LIMIT ? `${bare.slice(0, VALUE_LIMIT - 1)}…` : bare;
}

/** No pattern begins or ends within a mask; what one replaces may hold several. */
function replacedBy(pattern: RegExp, { text, originals }: Replaced): Replaced {
  const kept: string[] = [];
  let [end, next] = [0, 0];
  const taken = (within: string): readonly string[] => {
    const from = next;
    next += masksIn(within);
    return originals.slice(from, next);
  };
  const masked = text.replace(pattern, (match, ...rest) => {
    const offset = rest.find((each) => typeof each === 'number') ?? 0;
    kept.push(...taken(text.slice(end, offset)), filled(match, taken(match)));
    end = offset + match.length;
    return MASK;
  });
  return end === 0 ? { text, originals } : { text: masked, originals: [...kept, ...originals.slice(next)] };
}

function masksIn(text: string): number {
  return text.includes(MASK) ? text.split(MASK).length - 1 : 0;
}

function filled(text: string, originals: readonly string[]): string {
  const pieces = text.split(MASK);
  return pieces.map((piece, index) => `${piece}${originals[index] ?? ''}`).join('');
}

/** Words and masks, with their punctuation behind them. */
function maskedTokens({ text, originals }: Replaced): readonly Part[] {
  const parts: Part[] = [];
  let [sinceNumber, next] = [Number.POSITIVE_INFINITY, 0];
  for (const [token] of text.matchAll(TOKENS)) {
    if (token.trim() === '') continue;
    const before = PUNCTUATION_BEFORE.exec(token)?.[0] ?? '';
    const isAllPunctuation = before.length === token.length;
    const after = isAllPunctuation ? '' : (PUNCTUATION_AFTER.exec(token.slice(before.length))?.[0] ?? '');
    const core = token.slice(before.length, token.length - after.length);
    const isNumber = /\d/.test(core);
    sinceNumber = isNumber ? 0 : sinceNumber + 1;
    const masks = masksIn(token);
    const held = originals.slice(next, next + masks);
    next += masks;
    if (sinceNumber === 1 && isUnit(core)) parts.push({ text: `${MASK}${after}`, value: core });
    else {
      const masked = maskedCore(core, sinceNumber <= 2);
      // The end of a mask is no punctuation: `to=<*>`.
      const ending = masks > 0 && masked.text.endsWith(MASK) ? after.replace(/^\*>/, '') : after;
      const value = masks > 0 ? held.join(' ') : masked.value;
      parts.push({ text: `${before}${masked.text}${ending}`, value });
    }
  }
  return parts;
}

function maskedCore(core: string, isCounted: boolean): Part {
  const [, name, assigned] = /^([\p{L}_][\p{L}\w.-]{0,60})=(.+)$/u.exec(core) ?? [];
  if (name !== undefined) return { text: `${name}=${MASK}`, value: assigned };
  if (core.includes(MASK) || /\d/.test(core) || isPlace(core) || isWordOfTime(core))
    return { text: MASK, value: core };
  return { text: isCounted ? singular(core) : core, value: undefined };
}

/** Runs of masks become one, also with commas and conjunctions between them. */
function joined(parts: readonly Part[]): readonly Part[] {
  const kept: Part[] = [];
  let pending: Part[] = [];
  for (const part of parts) {
    const last = kept.at(-1);
    if (last !== undefined && isMask(last.text) && isMask(part.text)) {
      const between = [last.value, ...pending.map(({ text }) => text), part.value];
      const value = between.filter((each) => each !== undefined).join(' ');
      kept[kept.length - 1] = { text: `${MASK}${endOf(part.text)}`, value };
      pending = [];
    } else if (
      last !== undefined &&
      isMask(last.text) &&
      JOINERS.has(part.text.toLowerCase()) &&
      pending.length === 0
    ) {
      pending.push(part);
    } else {
      kept.push(...pending, part);
      pending = [];
    }
  }
  return [...kept, ...pending];
}

/** A mask alone, with no more than punctuation around it. */
function isMask(part: string): boolean {
  return part.includes(MASK) && !/[\p{L}\p{N}_=]/u.test(part);
}

/** What closes or separates stays; a comma belongs to the list. */
function endOf(part: string): string {
  return /[)\]}.:;!?]+$/.exec(part)?.[0] ?? '';
}
