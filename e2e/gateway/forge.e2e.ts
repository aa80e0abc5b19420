/** What `ephemetry gitea push` finds on a real Gitea, in the totals of the gateway: each event once, also when a batch comes twice. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  freePorts,
  GITEA_NEEDED,
  type Gitea,
  hasGitea,
  runProgram,
  startGitea,
  temporaryDirectory,
  waitFor,
} from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { showsTotal, startLaptopGateway } from '../support/laptop-gateway.ts';

const EPHEMETRY = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

test.skipIf(!hasGitea())(
  `a forge is counted once at the gateway, whatever comes twice${hasGitea() ? '' : ` (${GITEA_NEEDED})`}`,
  async (t) => {
    const [gateway, gitea] = await Promise.all([startLaptopGateway(t), startGitea()]);
    onTestFinished(() => gitea.stop());
    const directory = temporaryDirectory();
    onTestFinished(directory.remove);
    writeFileSync(join(directory.path, 'token'), gitea.token);
    writeFileSync(join(directory.path, 'ephemetry.yaml'), 'repositories: { boss/app: {} }\n');
    const ephemetry = async (...args: readonly string[]): Promise<void> => {
      const ended = await runProgram(EPHEMETRY, { cwd: directory.path, args, timeoutMs: 120_000 });
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
    };
    const collect = [
      '--url',
      gitea.url,
      '--token-file',
      'token',
      '--history',
      'history',
      '--spool-dir',
      'spool',
    ];
    const push = (endpoint: string): Promise<void> =>
      ephemetry('gitea', 'push', ...collect, '--endpoint', endpoint);
    const drain = (): Promise<void> =>
      ephemetry('drain', '--spool-dir', 'spool', '--endpoint', gateway.endpoint);

    await gitea.api('POST', '/user/repos', { name: 'app', auto_init: true, default_branch: 'main' });
    await newIssue(gitea);
    await push(gateway.endpoint);
    for (let count = 0; count < 3; count += 1) await newIssue(gitea);
    await gitea.api('PATCH', '/repos/boss/app/issues/2', { state: 'closed' });
    await push(gateway.endpoint);
    await showsTotal(gateway, 'forge_issues_total', 4);
    await showsTotal(gateway, 'forge_issues_open', 3);

    // What nobody took waits in the spool, and is delivered from there twice.
    await gitea.api('PATCH', '/repos/boss/app/issues/3', { state: 'closed' });
    const [port] = await freePorts(1);
    await push(`http://127.0.0.1:${port}/v1/metrics`);
    const spool = join(directory.path, 'spool');
    const waiting = readdirSync(spool).filter((name) => name.endsWith('.jsonl'));
    const kept = join(directory.path, 'kept');
    mkdirSync(kept);
    for (const name of waiting) copyFileSync(join(spool, name), join(kept, name));
    await drain();
    await showsTotal(gateway, 'forge_issues_total', 5);
    for (const name of waiting) copyFileSync(join(kept, name), join(spool, name));
    await drain();
    await newIssue(gitea);
    await push(gateway.endpoint);
    await showsTotal(gateway, 'forge_issues_total', 6);
    await waitFor(async () => (await open(gateway.totals())) === 3, { what: 'three open issues' });
  },
);

const newIssue = (gitea: Gitea): Promise<unknown> =>
  gitea.api('POST', '/repos/boss/app/issues', { title: 'an issue' });

async function open(
  page: ReturnType<Awaited<ReturnType<typeof startLaptopGateway>>['totals']>,
): Promise<number> {
  return (await page)
    .filter(({ name }) => name === 'forge_issues_open')
    .reduce((sum, { value }) => sum + value, 0);
}
