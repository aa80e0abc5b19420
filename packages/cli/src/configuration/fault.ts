/** One thing that is wrong with a configuration file. */
export interface ConfigurationFault {
  /** Where in the file, counted from 1. */
  readonly line: number;
  /** Where in what it says: `targets.ezra.url`; empty for the file as a whole. */
  readonly place: string;
  /** What is wrong, with what was given. It holds no secret. */
  readonly problem: string;
  /** What is allowed instead. */
  readonly allowed: string;
}

/** `ephemetry.yaml:4: targets.ezra.url is "ftp://x"; allowed: …`. */
export function describeFault(path: string, { line, place, problem, allowed }: ConfigurationFault): string {
  return `${path}:${line}: ${place === '' ? '' : `${place} `}${problem}; allowed: ${allowed}`;
}

/** In the order of the file, as people mend them. */
export function inOrder(faults: readonly ConfigurationFault[]): readonly ConfigurationFault[] {
  return [...faults].sort((a, b) => a.line - b.line);
}
