/** What witnesses say when this machine cannot ask them. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@ephemetry/testing';
import { expect, onTestFinished, test } from 'vitest';
import { startServer } from '../fixtures/servers.ts';
import { askWitnesses } from './ask-witnesses.ts';

test('a prober that stops has not asked', async () => {
  const { port } = await startServer();
  const network = { name: 'tailnet', witnesses: [{ host: '127.0.0.1', port }] };
  expect(await askWitnesses(network, { stop: AbortSignal.abort() })).toBe('unasked');
});

test.skipIf(process.platform === 'win32')('a machine without a free file descriptor has not asked', () => {
  const { path, remove } = temporaryDirectory();
  onTestFinished(remove);
  const program = join(path, 'program.ts');
  writeFileSync(
    program,
    `import { openSync, closeSync } from 'node:fs';
     import { askWitnesses } from ${JSON.stringify(import.meta.resolve('./ask-witnesses.ts'))};
     const witnesses = [{ host: '127.0.0.1', port: 1 }];
     const open = [];
     try { for (;;) open.push(openSync('/dev/null')); } catch {}
     const testimony = await askWitnesses({ name: 'tailnet', witnesses }, {});
     for (const each of open) closeSync(each);
     console.log(testimony);`,
  );
  const script = 'ulimit -n 64; exec "$0" "$1"';
  const ended = spawnSync('sh', ['-c', script, process.execPath, program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(ended.stdout, ended.stderr).toBe('unasked\n');
});
