/** Writes a month of runs into two files and lets the command compare them: `pnpm demo:runs`. Leaves nothing behind. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { generateMonth } from './generated-month.ts';

const command = join(
  dirname(createRequire(import.meta.url).resolve('@ephemetry/cli/package.json')),
  'dist/main.js',
);
const directory = mkdtempSync(join(tmpdir(), 'ephemetry-runs-'));
try {
  const { before, after } = generateMonth({ days: 14 });
  writeFileSync(join(directory, 'before.jsonl'), `${before.join('\n')}\n`);
  writeFileSync(join(directory, 'after.jsonl'), `${after.join('\n')}\n`);
  const args = ['runs', 'compare', '--baseline', '@before.jsonl', '--current', '@after.jsonl'];
  console.log(`$ ephemetry ${args.join(' ')}\n`);
  const ended = spawnSync(process.execPath, [command, ...args], { cwd: directory, encoding: 'utf8' });
  console.log(ended.stdout);
  console.log(`on standard error:\n${ended.stderr}`);
  console.log(`exit code ${ended.status}: the gate is ${ended.status === 4 ? 'closed' : 'open'}`);
  console.log('\nnext: docs/guide/agent-runs.md');
} finally {
  rmSync(directory, { recursive: true, force: true });
}
