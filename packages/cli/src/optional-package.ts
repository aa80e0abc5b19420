/**
 * Packages that bring much and that few verbs need: a database and its driver, the SDK of Grafana. They are looked for
 * beside this command, never in the working directory, and installed by whoever needs them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from './version.ts';

/** A package that the command works without, as long as nobody asks for its verbs. */
export type OptionalPackage = '@ephemetry/grafana' | '@ephemetry/merge-analyzer';

/** What a verb needs is not installed. */
export class MissingPackage extends Error {
  override readonly name = 'MissingPackage';

  constructor(missing: OptionalPackage) {
    super(`this needs ${missing}, which is not installed beside this command: ${installLine(missing, HERE)}`);
  }
}

const HERE = import.meta.dirname;

/** In the order of how many verbs need them. */
const OPTIONAL_PACKAGES: readonly OptionalPackage[] = ['@ephemetry/merge-analyzer', '@ephemetry/grafana'];

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
 * What to paste into a shell so that a command that is installed in `directory` finds the package.
 *
 * @param directory the folder of this file
 */
export function installLine(optional: OptionalPackage, directory: string): string {
  const wanted = `${optional}@${VERSION}`;
  const path = directory.replaceAll('\\', '/');
  if (path.includes('/_npx/')) return `npx -p @ephemetry/cli@${VERSION} -p ${wanted} ephemetry …`;
  const project = directory.slice(0, Math.max(0, path.indexOf('/node_modules/')));
  const isProject = project !== '' && existsSync(join(project, 'package.json'));
  if (path.includes('/node_modules/.pnpm/')) {
    const isGlobal = path.includes('/pnpm/global/');
    return isGlobal ? `pnpm add --global ${wanted}` : `pnpm add --dir ${quoted(project)} ${wanted}`;
  }
  return isProject ? `npm install --prefix ${quoted(project)} ${wanted}` : `npm install --global ${wanted}`;
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
