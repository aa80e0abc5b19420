/** What the workflows of this repository run that others wrote. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documentation.ts';

const STEPS = globSync('.github/workflows/*.{yaml,yml}', { cwd: ROOT }).flatMap((path) =>
  [...readFileSync(join(ROOT, path), 'utf8').matchAll(/uses: *(.+)/g)].map(([, action = '']) => ({
    path,
    action,
  })),
);

// A tag can be moved to other code; with the secrets of a release that code could publish whatever it likes.
// https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
test.each(STEPS)(
  '$path runs an action by the hash of its commit, and says its tag: $action',
  ({ action }) => {
    expect(action).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  },
);
