/** How options are typed. */
import type { Option } from './option.ts';

/** An option with its key. */
export interface Spelled {
  readonly key: string;
  readonly option: Option<unknown>;
}

/** `spoolDir` as `spool-dir`. */
export function dashed(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `--spool-dir <directory>`, `<file>`, `[file]`. */
export function spelled({ key, option: { value, isArgument, isRequired } }: Spelled): string {
  if (isArgument === true) return isRequired === true ? `<${value}>` : `[${value}]`;
  return value === undefined ? `--${dashed(key)}` : `--${dashed(key)} <${value}>`;
}
