/** Makes a {@link Verb} of a declaration whose handler is given values of the types that its options have. */
import { InvalidValue, type Options } from './option.ts';
import type { Refuse, Verb, VerbDeclaration } from './verb.ts';

/**
 *     export const verb: Verb = defineVerb({
 *       name: 'wait',
 *       options: { seconds: defaulted('number', 'how long', wholeNumber(1, 60), 5) },
 *       run: ({ seconds }, output) => …,
 *       …
 *     });
 */
export function defineVerb<Values extends object>(declaration: VerbDeclaration<Values>): Verb {
  const { run, fault, options, ...rest } = declaration;
  return {
    ...rest,
    options: { ...options },
    prepare: (texts, refuse) => {
      const values = readValues(options, texts, refuse);
      const reason = fault?.(values);
      if (reason !== undefined) refuse(reason);
      return (output) => run(values, output);
    },
  };
}

function readValues<Values extends object>(
  options: Options<Values>,
  texts: ReadonlyMap<string, string>,
  refuse: Refuse,
): Values {
  const values: Partial<Values> = {};
  for (const key in options) {
    try {
      values[key] = options[key].read(texts.get(key));
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      refuse(error.message, key);
    }
  }
  if (hasAll(values, options)) return values;
  throw new TypeError(`not all of ${Object.keys(options).join(', ')} were read`);
}

function hasAll<Values extends object>(values: Partial<Values>, options: Options<Values>): values is Values {
  return Object.keys(options).every((key) => Object.hasOwn(values, key));
}
