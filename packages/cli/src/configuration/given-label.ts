/** A label whose value a flag gives, such as `--suite`: a name that the file declares, or one out of a number that is limited. */
import { UNKNOWN } from '@ephemetry/contract';
import { foreseeName, rememberName } from './remembered-names.ts';

/** What is known of the name. */
export interface GivenName {
  /** The label, which has names of its own. */
  readonly label: string;
  /** What the flag says. */
  readonly name: string | undefined;
  /** What the file declares. */
  readonly declared: readonly string[];
  /** Where names are remembered that no file declares. */
  readonly namesDirectory: string;
  /** Whether it is recorded: a name that is only shown takes no place. */
  readonly isRecorded: boolean;
}

/** What the label is. */
export interface GivenLabel {
  readonly value: string;
  /** Why it is `unknown` though a name was given. */
  readonly remark?: string;
}

/** Decides the value, and remembers a name that is new. */
export function givenLabel({ label, name, declared, namesDirectory, isRecorded }: GivenName): GivenLabel {
  if (name === undefined) return { value: UNKNOWN };
  if (declared.includes(name)) return { value: name };
  const remembered = (isRecorded ? rememberName : foreseeName)(label, name, namesDirectory);
  return remembered.kind === 'remembered' ? { value: name } : { value: UNKNOWN, remark: remembered.message };
}
