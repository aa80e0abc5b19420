/** Which runner wrote a report: what it does with retries depends on it. */

/** Runners whose reports are told apart; `other` writes the plain form. */
export type Runner =
  | 'pytest'
  | 'gotestsum'
  | 'surefire'
  | 'nextest'
  | 'gradle'
  | 'playwright'
  | 'vitest'
  | 'jest'
  | 'node'
  | 'other';

/** Every runner, as `--runner` takes it. */
export const RUNNERS: readonly Runner[] = [
  'pytest',
  'gotestsum',
  'surefire',
  'nextest',
  'gradle',
  'playwright',
  'vitest',
  'jest',
  'node',
  'other',
];

/** What a report says before its first case. */
export interface ReportSigns {
  /** The `name` of the root and of the first suite. */
  readonly names: readonly string[];
  /** Attributes of the root and of the first suite, by their names. */
  readonly attributes: ReadonlySet<string>;
  /** Values of the attributes that name a schema. */
  readonly schema: string;
  /** Those of {@link SIGN_PROPERTIES} that stand before the first case. */
  readonly properties: ReadonlySet<string>;
}

/** Properties that one runner alone writes. */
export const SIGN_PROPERTIES: ReadonlySet<string> = new Set([
  'go.version',
  'surefire.test.class.path',
  'surefire.real.class.path',
]);

/** The runner that writes reports so; `other` when none that is known does. */
export function runnerOf({ names, attributes, schema, properties }: ReportSigns): Runner {
  if (names.some((name) => name === 'pytest' || name === 'pytest tests')) return 'pytest';
  if (names[0] === 'nextest-run' || names[0]?.startsWith('nextest')) return 'nextest';
  if (names[0] === 'vitest tests') return 'vitest';
  if (names[0] === 'jest tests') return 'jest';
  if (properties.has('go.version')) return 'gotestsum';
  if (schema.includes('surefire')) return 'surefire';
  if (properties.has('surefire.test.class.path') || properties.has('surefire.real.class.path'))
    return 'surefire';
  return attributes.has('id') && attributes.has('hostname') && attributes.has('skipped')
    ? 'playwright'
    : 'other';
}

/** When a process of pytest began, with a zone: our fragment writes it, as older versions of pytest tell none. */
export const START_PROPERTY = 'pytest.started';

/** Properties that tell a version, by the runner that writes them or whose fragment does. */
export const VERSION_PROPERTIES: ReadonlyMap<string, Runner> = new Map([
  ['go.version', 'gotestsum'],
  ['pytest.version', 'pytest'],
]);
