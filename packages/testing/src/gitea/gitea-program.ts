/** Where the Gitea of the tests is, which `pnpm test:tools` builds. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The newest of 1.25. */
export const GITEA_VERSION = '1.25.5';

const CACHE = join(import.meta.dirname, '../../../../.cache/e2e-tools');

/** The program and what it reads at run time. */
export const GITEA_DIRECTORY: string = join(CACHE, `gitea-${GITEA_VERSION}`);

/** Said by a test that is skipped. */
export const GITEA_NEEDED = 'needs Gitea: run `pnpm test:tools`';

/** Whether it was built. */
export function hasGitea(): boolean {
  return existsSync(join(GITEA_DIRECTORY, 'gitea'));
}
