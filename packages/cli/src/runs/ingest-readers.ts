/** Values of the options of `runs ingest`. */
import { InvalidValue, type Reader } from '../command-line/option.ts';

/** `name=value` */
export const tags: Reader<string> = (given) => {
  if (/^[^=\0]{1,200}=[^\0]+$/.test(given)) return given;
  throw new InvalidValue('allowed: name=value, such as release=1.4');
};
