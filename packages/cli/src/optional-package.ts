/**
 * Packages that bring much and that few verbs need: a database and its driver, the SDK of Grafana. They are looked for
 * beside this command, never in the working directory, and installed by whoever needs them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from './generated/version.ts';

/** A package that the command works without, as long as nobody asks for its verbs. */
export type OptionalPackage = '@duckdb/node-api' | '@ephemetry/grafana' | '@ephemetry/merge-analyzer';

/** Which version of what is not ours this command was tested with. */
const VERSIONS: Readonly<Partial<Record<OptionalPackage, string>>> = { '@duckdb/node-api': '1.5.6-r.1' };

/** What a verb needs is not installed. */
export class MissingPackage extends Error {
  override readonly name = 'MissingPackage';
  readonly missing: OptionalPackage;

  constructor(missing: OptionalPackage) {
    super(`${missing} is not installed beside this command`);
    this.missing = missing;
  }
}

/** What people are told of it: which package, and the line that installs it. */
export function describeMissing({ missing }: MissingPackage, args: readonly string[]): string {
  const line = installLine(missing, import.meta.dirname, args);
  return `this needs ${missing}, which is not installed beside this command: ${line}`;
}

/** In the order of how many verbs need them. */
const OPTIONAL_PACKAGES: readonly OptionalPackage[] = [
  '@ephemetry/merge-analyzer',
  '@ephemetry/grafana',
  '@duckdb/node-api',
];

/**
 * Loads what may import an optional package.
 *
 * @throws {MissingPackage} when that is not installed
 */
export async function loadWithPackages<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const missing = OPTIONAL_PACKAGES.find((optional) => isMissing(error, optional));
    if (missing !== undefined) throw new MissingPackage(missing);
    throw error;
  }
}

/** Not when something is missing that the package itself needs: its installation is broken then. */
function isMissing(error: unknown, optional: OptionalPackage): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(`'${optional}'`);
}

/**
 * What to paste into a shell so that a command that is installed in `directory` finds the package. npx installs for one
 * run, so the line runs the command too.
 *
 * @param directory the folder of this file
 * @param args what was typed after `ephemetry`
 */
export function installLine(optional: OptionalPackage, directory: string, args: readonly string[]): string {
  const wanted = `${optional}@${VERSIONS[optional] ?? VERSION}`;
  const path = directory.replaceAll('\\', '/');
  if (path.includes('/_npx/')) {
    return `npx -p @ephemetry/cli@${VERSION} -p ${wanted} ephemetry ${repeated(args)}`;
  }
  const project = directory.slice(0, Math.max(0, path.indexOf('/node_modules/')));
  const isProject = project !== '' && existsSync(join(project, 'package.json'));
  if (path.includes('/node_modules/.pnpm/')) {
    const isGlobal = path.includes('/pnpm/global/');
    return isGlobal ? `pnpm add --global ${wanted}` : `pnpm add --dir ${quoted(project)} ${wanted}`;
  }
  return isProject ? `npm install --prefix ${quoted(project)} ${wanted}` : `npm install --global ${wanted}`;
}

/** As they were typed; of a connection string, which may hold a password, nothing is repeated. */
function repeated(args: readonly string[]): string {
  const isSecret = args.some((arg) => /:\/\/|=.|@/.test(arg));
  if (!isSecret) return args.map(quoted).join(' ');
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  return [...args.slice(0, firstOption), '--help'].join(' ');
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
