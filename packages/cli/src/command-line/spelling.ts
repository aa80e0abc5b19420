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

/** `--spool-dir <directory>`, `-a, --attribute <text>`, `<file>`, `[file]`. */
export function spelled({ key, option: { value, isArgument, isRequired, short } }: Spelled): string {
  if (isArgument === true) return isRequired === true ? `<${value}>` : `[${value}]`;
  const typed = `${short === undefined ? '' : `-${short}, `}--${dashed(key)}`;
  return value === undefined ? typed : `${typed} <${value}>`;
}
