/**
 * Everything that follows from something else: from the contract, the boards, the verbs and the packages' own manifests.
 * The same bytes on every machine.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles as filesOfCommand } from '../packages/cli/scripts/generated-files.ts';
import { generatedFiles as filesOfContract } from '../packages/contract/scripts/generated-files.ts';
import { generatedFiles as filesOfExporter } from '../packages/exporter/scripts/generated-files.ts';
import { generatedFiles as filesOfBoards } from '../packages/grafana/scripts/generated-files.ts';
import { generatedFiles as filesOfRuns } from '../packages/run-telemetry/scripts/generated-files.ts';

/** The root of the repository. */
export const ROOT: string = join(import.meta.dirname, '..');

/** A file before it is written. */
export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/**
 * Folders that hold generated files alone: whatever else lies there is a leftover. The pictures of `docs/dashboards` are
 * drawn by `pnpm boards:draw`, which needs a running Grafana.
 */
export const GENERATED_FOLDERS: readonly string[] = [
  'collector-config/declared',
  'collector-config/series',
  'docs/alerts',
  'docs/dashboards',
  'docs/failures',
  'docs/reference',
  'examples/local/grafana/dashboards',
  'packages/cli/src/generated',
  'packages/exporter/src/generated',
  'packages/grafana/generated',
  'packages/merge-analyzer/src/generated',
];

/** @throws {Error} when a declaration breaks a rule, or when two generators write one file */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const files = [
    ...versionFiles(),
    ...filesOfContract(),
    ...filesOfExporter(),
    ...filesOfBoards(),
    ...filesOfRuns(),
    ...(await filesOfCommand()),
  ];
  const paths = files.map(({ path }) => path);
  const twice = paths.filter((path, index) => paths.indexOf(path) !== index);
  if (twice.length > 0) throw new Error(`written by two generators: ${twice.join(', ')}`);
  return files;
}

/** What lies in the folders of generated files and is none of these. */
export function leftovers(files: readonly GeneratedFile[]): readonly string[] {
  const paths = new Set(files.map(({ path }) => path));
  return GENERATED_FOLDERS.flatMap((folder) =>
    globSync(`${folder}/**/*`, { cwd: ROOT, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1)),
  ).filter((path) => !paths.has(path) && !/^docs\/dashboards\/([\w-]+\.png|pictures\.json)$/.test(path));
}

/** A package that tells its version has it from its manifest, where a release writes it. */
function versionFiles(): readonly GeneratedFile[] {
  return ['cli', 'exporter', 'merge-analyzer'].map((name) => {
    const manifest = join(ROOT, 'packages', name, 'package.json');
    const { version }: { readonly version: string } = JSON.parse(readFileSync(manifest, 'utf8'));
    return {
      path: `packages/${name}/src/generated/version.ts`,
      text: `// Generated from package.json by \`pnpm generate\`.
/** The version of @ephemetry/${name}. */
export const VERSION = '${version}';
`,
    };
  });
}
