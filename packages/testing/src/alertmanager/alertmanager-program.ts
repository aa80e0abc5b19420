/** Where the Alertmanager of the tests is, which `pnpm test:tools` builds. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's 0.25 reads no token from a file, and later modules lack the pages that are built into the program. */
export const ALERTMANAGER_VERSION = '0.31.1';

const CACHE = join(import.meta.dirname, '../../../../.cache/e2e-tools');

/** `alertmanager` and `amtool`. */
export const ALERTMANAGER_DIRECTORY: string = join(CACHE, `alertmanager-${ALERTMANAGER_VERSION}`);

/** Said by a test that is skipped. */
export const ALERTMANAGER_NEEDED = 'needs Alertmanager: run `pnpm test:tools`';

/** Whether it was built. */
export function hasAlertmanager(): boolean {
  return existsSync(join(ALERTMANAGER_DIRECTORY, 'amtool'));
}
