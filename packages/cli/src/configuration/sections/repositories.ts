/** `repositories`: what is collected from a forge. */

import { present } from '../../command-line/present.ts';
import { quoted } from '../given.ts';
import { list } from '../shape/list.ts';
import { durationMs } from '../shape/number.ts';
import { byName, isGiven, type Named, optional, record } from '../shape/record.ts';
import { type Located, located, type Refuse, type Shape } from '../shape/shape.ts';
import { LABEL_NAME, type NameRule, name, nameRule, text } from '../shape/text.ts';

/** How it is known that an issue was handed to an automatic worker, and that the worker failed. */
interface Dispatch {
  /** Issues with this label were handed over. */
  readonly label?: string;
  /** Issues of this assignee were handed over. */
  readonly assignee?: string;
  /** The label of an issue that the worker gave up. */
  readonly failureLabel?: string;
  /** An issue that is open for longer counts as failed. */
  readonly deadlineMs?: number;
}

/** A repository of a forge. */
export interface Repository {
  /** `owner/name`. */
  readonly name: string;
  /** Names of workflows that are told apart, as their files are called. */
  readonly pipelines: readonly string[];
  readonly dispatch?: Dispatch;
}

interface GivenDispatch {
  readonly label: string | undefined;
  readonly assignee: string | undefined;
  readonly failure_label: string | undefined;
  readonly deadline: number | undefined;
}

/** What the section says. */
export interface GivenRepository {
  readonly pipelines: readonly Located<string>[] | undefined;
  readonly dispatch: GivenDispatch | undefined;
}

const FORGE_TEXT = text(100);
/** Of a repository on a forge. */
export const REPOSITORY_NAME: NameRule = nameRule(
  '[A-Za-z0-9_][A-Za-z0-9._-]*/[A-Za-z0-9._-]+',
  140,
  'owner/name',
);

const dispatchFields = record<GivenDispatch>({
  label: optional('issues with this label were handed to an automatic worker', FORGE_TEXT),
  assignee: optional('issues of this assignee were handed to an automatic worker', FORGE_TEXT),
  failure_label: optional('the label of issues that the worker gave up', FORGE_TEXT),
  deadline: optional('an issue that is open for longer counts as failed', durationMs('1m', '366d')),
});

const dispatch: Shape<GivenDispatch> = {
  schema: dispatchFields.schema,
  read: (given, place, refuse) => {
    const read = dispatchFields.read(given, place, refuse);
    if (read === undefined) return undefined;
    if (!isGiven(given, 'label') && !isGiven(given, 'assignee')) {
      refuse({
        line: given.line,
        place,
        problem: 'has neither label nor assignee',
        allowed: 'one of them, or both',
      });
    }
    if (read.label !== undefined && read.label === read.failure_label) {
      const problem = `has ${quoted(read.label)} as label and as failure_label`;
      refuse({ line: given.line, place, problem, allowed: 'two labels' });
    }
    return read;
  },
};

const pipelines = list(located(name(LABEL_NAME)), { most: 100 });

const repository: Shape<GivenRepository> = record<GivenRepository>({
  pipelines: optional('names of workflows that are told apart, as their files are called', {
    schema: pipelines.schema,
    read: (given, place, refuse) => {
      const read = pipelines.read(given, place, refuse);
      refuseRepeats(read ?? [], refuse);
      return read;
    },
  }),
  dispatch: optional('how issues of an automatic worker are known', dispatch),
});

function refuseRepeats(read: readonly Located<string>[], refuse: Refuse): void {
  const first = new Map<string, number>();
  for (const { value, line, place } of read) {
    const before = first.get(value);
    if (before === undefined) first.set(value, line);
    else
      refuse({
        line,
        place,
        problem: `repeats ${quoted(value)} of line ${before}`,
        allowed: 'each name once',
      });
  }
}

/** The section. */
export const REPOSITORIES: Shape<readonly Named<GivenRepository>[]> = byName(REPOSITORY_NAME, repository);

/** What was read whole, as repositories. */
export function repositoryOf({ name, value }: Named<GivenRepository>): Repository {
  const given = value?.dispatch;
  return {
    name,
    pipelines: (value?.pipelines ?? []).map((pipeline) => pipeline.value),
    ...(given === undefined
      ? {}
      : {
          dispatch: present({
            label: given.label,
            assignee: given.assignee,
            failureLabel: given.failure_label,
            deadlineMs: given.deadline,
          }),
        }),
  };
}
