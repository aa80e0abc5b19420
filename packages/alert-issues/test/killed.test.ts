/** Killed before any write and after any answer, a receiver leaves one issue and says each thing once. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import {
  alertNotification,
  diskFull,
  GITEA_NEEDED,
  type Gitea,
  type GiteaRepository,
  hasGitea,
  newGiteaRepository,
  startGitea,
} from '@ephemetry/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'fixtures/mortal-receiver.ts');
/** More than a notification takes. */
const STEPS_LIMIT = 60;

describe.skipIf(!hasGitea())(`Gitea${hasGitea() ? '' : ` (${GITEA_NEEDED})`}`, () => {
  let gitea: Gitea;
  beforeAll(async () => {
    gitea = await startGitea();
  });
  afterAll(() => gitea?.stop());

  /** The answer; empty when it was killed before. */
  function take({ name, token }: GiteaRepository, body: object, step = 0): Promise<string> {
    const args = [PROGRAM, gitea.url, name, token, JSON.stringify(body), String(step)];
    return new Promise((resolve, reject) => {
      const child = execFile(process.execPath, args, (_, printed, errors) => {
        if (child.signalCode === 'SIGKILL' || printed !== '') resolve(printed);
        else reject(new Error(errors));
      });
    });
  }

  /** Kills it one request later each time, until nothing is left to kill. */
  async function takeMortally(repository: GiteaRepository, body: object): Promise<number> {
    for (let step = 1; step < STEPS_LIMIT; step += 1) {
      if ((await take(repository, body, step)) === '200') return step;
    }
    throw new Error(`it was killed ${STEPS_LIMIT} times`);
  }

  const alert = (device: string, isResolved = false) => ({
    labels: { alertname: 'DiskFull', host: 'a', device },
    isResolved,
  });
  const group = { alertname: 'DiskFull', host: 'a' };

  test('a receiver that is killed while it opens an issue leaves one', async () => {
    const repository = await newGiteaRepository(gitea);
    expect(await takeMortally(repository, diskFull('a'))).toBeGreaterThan(1);
    const open = (await repository.issues()).filter(({ state }) => state === 'open');
    expect(open.map(({ number }) => number)).toEqual([1]);
    expect(await repository.comments(1)).toEqual([]);
  });

  test('a receiver that is killed while it says a change says it once', async () => {
    const repository = await newGiteaRepository(gitea);
    await take(repository, alertNotification(group, [alert('sda')]));
    await takeMortally(repository, alertNotification(group, [alert('sda'), alert('sdb')]));
    expect(await repository.states()).toEqual(['1 open']);
    expect(await repository.comments(1)).toHaveLength(1);
  });

  test('a receiver that is killed while it closes and opens again says both once', async () => {
    const repository = await newGiteaRepository(gitea);
    await take(repository, alertNotification(group, [alert('sda')]));
    await takeMortally(repository, alertNotification(group, [alert('sda', true)]));
    expect(await repository.states()).toEqual(['1 closed']);
    await takeMortally(repository, alertNotification(group, [alert('sda')]));
    expect(await repository.states()).toEqual(['1 open']);
    expect(await repository.comments(1)).toEqual([
      '**Resolved** after 10 min.',
      expect.stringMatching(/^\*\*Fires again\.\*\*/),
    ]);
  });
});
