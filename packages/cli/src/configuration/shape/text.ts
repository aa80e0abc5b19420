/** Texts and names. */
import { UNKNOWN } from '@ephemetry/contract';
import { shown } from '../given.ts';
import type { EditorSchema } from './editor-schema.ts';
import type { Shape } from './shape.ts';

/** Which names the deployment may choose. */
export interface NameRule {
  readonly allowed: string;
  readonly schema: EditorSchema;
  readonly allows: (name: string) => boolean;
}

/** Names that become the value of a label, or part of a message. */
export function nameRule(pattern: string, maxLength: number, allowed: string): NameRule {
  const expression = new RegExp(`^(?:${pattern})$`);
  return {
    allowed: `${allowed}, at most ${maxLength}, and not ${UNKNOWN}`,
    schema: { type: 'string', pattern: `^(?:${pattern})$`, maxLength },
    allows: (name) => name.length <= maxLength && name !== UNKNOWN && expression.test(name),
  };
}

/** A name of a suite, category, target, class, network, vantage or command. */
export const LABEL_NAME: NameRule = nameRule(
  '[A-Za-z0-9][A-Za-z0-9._-]*',
  64,
  'letters, digits and . _ - (a letter or digit first)',
);

/** A name, as a value. */
export function name(rule: NameRule): Shape<string> {
  return {
    schema: rule.schema,
    read: (given, place, refuse) => {
      if (given.kind === 'scalar' && typeof given.value === 'string' && rule.allows(given.value)) {
        return given.value;
      }
      refuse({ line: given.line, place, problem: `is ${shown(given)}`, allowed: rule.allowed });
      return undefined;
    },
  };
}

/** Text of 1 to so many characters, without NUL. */
export function text(maxLength: number): Shape<string> {
  return {
    schema: { type: 'string', maxLength },
    read: (given, place, refuse) => {
      const value = given.kind === 'scalar' ? given.value : undefined;
      if (typeof value === 'string' && isText(value, maxLength)) return value;
      const hint = typeof value === 'number' || typeof value === 'boolean' ? ', in quotes' : '';
      const allowed = `text of 1 to ${maxLength} characters${hint}`;
      refuse({ line: given.line, place, problem: `is ${shown(given)}`, allowed });
      return undefined;
    },
  };
}

/** Whole characters only: half of a surrogate pair is none. */
function isText(value: string, maxLength: number): boolean {
  return value !== '' && value.length <= maxLength && !value.includes('\0') && !/\p{Surrogate}/u.test(value);
}

/** One of a few words. */
export function oneOf<Word extends string>(words: readonly Word[]): Shape<Word> {
  return {
    schema: { type: 'string', enum: words },
    read: (given, place, refuse) => {
      const value = given.kind === 'scalar' ? given.value : undefined;
      const chosen = words.find((word) => word === value);
      if (chosen !== undefined) return chosen;
      refuse({ line: given.line, place, problem: `is ${shown(given)}`, allowed: words.join(', ') });
      return undefined;
    },
  };
}
