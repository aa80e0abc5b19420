/** Texts that may be secret: they stand in the file itself only when they are none. */
import type { SecretText } from '@ephemetry/health';
import { type Given, shown } from '../given.ts';
import type { Shape } from './shape.ts';
import { text } from './text.ts';

const PLAIN_LIMIT = 4096;
const VARIABLE = '[A-Za-z_][A-Za-z0-9_]*';
const ALLOWED = 'text, { file: path } or { env: VARIABLE }';

/** Text, `{ file: path }` or `{ env: NAME }`. */
export const secretText: Shape<SecretText> = {
  schema: {
    anyOf: [
      { type: 'string', maxLength: PLAIN_LIMIT },
      {
        type: 'object',
        properties: { file: { type: 'string' } },
        required: ['file'],
        additionalProperties: false,
      },
      {
        type: 'object',
        properties: { env: { type: 'string', pattern: `^${VARIABLE}$` } },
        required: ['env'],
        additionalProperties: false,
      },
    ],
  },
  read: (given, place, refuse) => {
    if (given.kind !== 'mapping') {
      const plain = text(PLAIN_LIMIT).read(given, place, ({ line }) =>
        // What is given may be a secret.
        refuse({
          line,
          place,
          problem: isText(given) ? 'is no such text' : `is ${shown(given)}`,
          allowed: ALLOWED,
        }),
      );
      return plain === undefined ? undefined : { kind: 'plain', text: plain };
    }
    const [entry, ...others] = given.entries;
    if (others.length === 0 && entry?.key === 'file') {
      const path = text(PLAIN_LIMIT).read(entry.value, `${place}.file`, refuse);
      return path === undefined ? undefined : { kind: 'file', path };
    }
    if (others.length === 0 && entry?.key === 'env') {
      const variable = variableOf(entry.value);
      if (variable !== undefined) return { kind: 'environment', name: variable };
      const allowed = 'the name of a variable: letters, digits and _';
      refuse({ line: entry.line, place: `${place}.env`, problem: `is ${shown(entry.value)}`, allowed });
      return undefined;
    }
    refuse({ line: given.line, place, problem: 'is another mapping', allowed: ALLOWED });
    return undefined;
  },
};

/** The same, but never in the file itself. */
export const hiddenText: Shape<SecretText> = {
  schema: { anyOf: secretText.schema.anyOf?.slice(1) ?? [] },
  read: (given, place, refuse) => {
    if (given.kind === 'mapping') return secretText.read(given, place, refuse);
    const allowed = '{ file: path } or { env: VARIABLE }, as people share this file';
    refuse({ line: given.line, place, problem: 'holds a secret', allowed });
    return undefined;
  },
};

function isText(given: Given): boolean {
  return given.kind === 'scalar' && typeof given.value === 'string' && given.value !== '';
}

function variableOf(given: Given): string | undefined {
  const value = given.kind === 'scalar' ? given.value : undefined;
  const isVariable = typeof value === 'string' && new RegExp(`^${VARIABLE}$`).test(value);
  return isVariable ? value : undefined;
}
