/** The label `suite` of a run: a name that the file declares, or one that a flag gives, out of a number that is limited. */
import { UNKNOWN } from '@ephemetry/contract';
import type { Suite } from '@ephemetry/test-results';
import { foreseeName, rememberName } from '../configuration/remembered-names.ts';

/** What is known of the name. */
export interface GivenSuite {
  /** `--suite`. */
  readonly name: string | undefined;
  /** What the file declares. */
  readonly declared: readonly Suite[];
  /** Where names are remembered that no file declares. */
  readonly namesDirectory: string;
  /** Whether the run is recorded: a name that is only shown takes no place. */
  readonly isRecorded: boolean;
}

/** What the run is recorded as. */
export interface SuiteLabel {
  readonly label: string;
  /** Why it is `unknown` though a name was given. */
  readonly remark?: string;
}

/** Decides the label, and remembers a name that is new. */
export function suiteLabel({ name, declared, namesDirectory, isRecorded }: GivenSuite): SuiteLabel {
  if (name === undefined) return { label: UNKNOWN };
  if (declared.some((suite) => suite.name === name)) return { label: name };
  const remembered = (isRecorded ? rememberName : foreseeName)('suite', name, namesDirectory);
  return remembered.kind === 'remembered' ? { label: name } : { label: UNKNOWN, remark: remembered.message };
}
