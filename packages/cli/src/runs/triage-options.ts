/** Options of `runs triage` and `runs triage show`, and the runs that they are about. */
import {
  type AgentRun,
  EVERYTHING,
  isSelected,
  MS_PER_DAY,
  NO_SUCCESS_RULE,
  type Selection,
  type SuccessRule,
  type Triage,
  triageRuns,
} from '@ephemetry/run-telemetry';
import type { ClusterState } from '@ephemetry/run-telemetry/store';
import {
  argument,
  InvalidValue,
  type Options,
  optional,
  type Reader,
  repeated,
} from '../command-line/option.ts';
import { filePath, oneOf } from '../command-line/readers.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { Output } from '../terminal/output.ts';
import { selection, successRule } from './compare-readers.ts';
import { DATABASE } from './database-options.ts';
import { readRunsOrTold } from './event-file.ts';
import { baselineSource } from './run-source.ts';

/** Which runs are looked at, and what with. */
export interface TriageValues {
  /** Without any the runs come from the database. */
  readonly files: readonly string[];
  readonly against: readonly string[];
  readonly database: string | undefined;
  readonly where: Selection | undefined;
  readonly step: Step | undefined;
  readonly success: SuccessRule | undefined;
}

type Step = '1h' | '1d' | '1w';

const STEPS_MS: Readonly<Record<Step, number>> = {
  '1h': MS_PER_DAY / 24,
  '1d': MS_PER_DAY,
  '1w': 7 * MS_PER_DAY,
};

/** A sign before a file is that of `runs compare`. */
function withoutSign(given: string): string {
  return filePath(given.startsWith('@') ? given.slice(1) : given);
}

/** The id of a cluster. */
export const clusterId: Reader<string> = (given) => {
  if (/^f1-[0-9a-f]{12}$/.test(given)) return given;
  throw new InvalidValue(
    'allowed: f1- and 12 hex digits, such as f1-8a85df66277a; ephemetry runs triage lists them',
  );
};

export const TRIAGE_OPTIONS: Options<TriageValues> = {
  files: argument({
    ...repeated('file', 'events of runs, or baseline files; several count as one', withoutSign),
    fallback: 'the runs of the database',
  }),
  against: repeated(
    'source',
    'the runs before, to say what became more, fewer, new or gone: files beside files; else @FILE, a baseline or a selection of the database',
    filePath,
  ),
  database: DATABASE,
  where: optional('selection', 'which runs, such as "project=checkout&model=m1"', selection, 'all'),
  step: optional('step', 'of the trend: 1h, 1d or 1w', oneOf<Step>(['1h', '1d', '1w']), '1d'),
  success: optional(
    'rule',
    'outcome, or evaluation:NAME>=SCORE, where runs of files do not say themselves whether they succeeded',
    successRule,
    'unknown',
  ),
};

/** Why these options do not go together. */
export function triageFault({ files, against, database }: TriageValues): string | undefined {
  if (files.length > 0)
    return database === undefined ? undefined : 'files and --database are given; allowed is one of them';
  if (against.length > 1) return '--against is given more than once; allowed is once beside the database';
  try {
    for (const source of against) baselineSource(source);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidValue) return `--against: ${error.message}`;
    throw error;
  }
}

/** Clusters with what users say of them, or the exit code after what is wrong was told. */
export type ReadTriage =
  | {
      readonly kind: 'triage';
      readonly triage: Triage;
      readonly states: ReadonlyMap<string, ClusterState>;
    }
  | { readonly kind: 'fault'; readonly code: number };

/** Reads the runs, from files or from the database, and groups their failures. */
export function readTriage(values: TriageValues, output: Output): Promise<ReadTriage> {
  return values.files.length > 0
    ? Promise.resolve(triageFiles(values, output))
    : triageDatabase(values, output);
}

function triageFiles(values: TriageValues, output: Output): ReadTriage {
  const { files, against, where, success = NO_SUCCESS_RULE } = values;
  const fault: ReadTriage = { kind: 'fault', code: EXIT_CODE.failed };
  const current = readRunsOrTold(files, success, output);
  if (current === undefined) return fault;
  const baseline =
    against.length === 0 ? undefined : readRunsOrTold(against.map(withoutSign), success, output);
  if (against.length > 0 && baseline === undefined) return fault;
  const chosen = (runs: readonly AgentRun[]): readonly AgentRun[] =>
    where === undefined ? runs : runs.filter((run) => isSelected(run, where));
  const triage = triageRuns(chosen(current), baseline && chosen(baseline), options(values));
  return { kind: 'triage', triage, states: new Map() };
}

/** Files need no database, and what belongs to it is not loaded for them. */
async function triageDatabase(values: TriageValues, output: Output): Promise<ReadTriage> {
  const [{ withRunStore }, { readStoredSource }, { readClusterStates, readRuns }] = await Promise.all([
    import('./with-run-store.ts'),
    import('./stored-source.ts'),
    import('@ephemetry/run-telemetry/store'),
  ]);
  let answer: ReadTriage = { kind: 'fault', code: EXIT_CODE.failed };
  const code = await withRunStore(values.database, output, async (store) => {
    const runs = await readRuns(store, values.where ?? EVERYTHING);
    const [given] = values.against;
    const source = given === undefined ? undefined : baselineSource(given);
    const baseline =
      source === undefined
        ? undefined
        : source.kind === 'file'
          ? readRunsOrTold([source.path], values.success ?? NO_SUCCESS_RULE, output)
          : await readStoredSource(store, source, output);
    if (source !== undefined && baseline === undefined) return EXIT_CODE.failed;
    const triage = triageRuns(runs, baseline, options(values));
    answer = { kind: 'triage', triage, states: await readClusterStates(store) };
    return EXIT_CODE.done;
  });
  return code === EXIT_CODE.done ? answer : { kind: 'fault', code };
}

function options({ step = '1d' }: TriageValues): { readonly stepMs: number } {
  return { stepMs: STEPS_MS[step] };
}
