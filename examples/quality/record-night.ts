/**
 * Records the reports of the night again: `node record-night.ts PYTHON`, with a Python that has pytest. A runner starts one pytest
 * process for each file, kills it after a while, and runs files that failed once more; the fragment of
 * `@ephemetry/test-results` makes each process write a report of its own.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KILLED_AFTER_MS = 20_000;
const FRAGMENT = join(import.meta.dirname, '../../packages/test-results/conftest/ephemetry_reports.py');
const RUNS = join(import.meta.dirname, 'night', 'runs');

/** The files of tests in each run. */
const NIGHT: readonly Readonly<Record<string, string>>[] = [
  {
    'tests/acp/test_session.py': `import os
def test_opens(): pass
def test_answers():
    first = not os.path.exists("seen")
    open("seen", "w").close()
    assert not first
`,
    'tests/tools/test_search.py': 'def test_finds(): pass\ndef test_reads(): pass\n',
    'tests/tools/test_shell.py': 'import time\ndef test_runs(): time.sleep(3600)\n',
  },
  {
    'tests/acp/test_session.py': 'def test_opens(): pass\ndef test_answers(): pass\n',
    'tests/tools/test_search.py': 'def test_finds(): pass\ndef test_reads(): assert False\n',
    'tests/tools/test_shell.py': 'def test_runs(): pass\n',
  },
  {
    'tests/acp/test_session.py': 'def test_opens(): assert False\ndef test_answers(): pass\n',
    'tests/tools/test_search.py': 'def test_finds(): pass\ndef test_reads(): pass\n',
    'tests/tools/test_shell.py': 'import pytest\n@pytest.mark.skip\ndef test_runs(): pass\n',
  },
];

const [python = 'python3'] = process.argv.slice(2);
rmSync(RUNS, { recursive: true, force: true });
for (const [index, files] of NIGHT.entries()) recordRun(join(RUNS, String(index + 1)), files);

function recordRun(reports: string, files: Readonly<Record<string, string>>): void {
  const project = mkdtempSync(join(tmpdir(), 'night-'));
  try {
    copyFileSync(FRAGMENT, join(project, 'ephemetry_reports.py'));
    writeFileSync(join(project, 'conftest.py'), 'pytest_plugins = ["ephemetry_reports"]\n');
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(project, file, '..'), { recursive: true });
      writeFileSync(join(project, file), text);
    }
    const run = (file: string): number | null =>
      spawnSync(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', file], {
        cwd: project,
        env: { PATH: process.env['PATH'], EPHEMETRY_REPORTS: reports, PYTHONDONTWRITEBYTECODE: '1' },
        timeout: KILLED_AFTER_MS,
        killSignal: 'SIGKILL',
        stdio: 'ignore',
      }).status;
    for (const file of Object.keys(files)) if (run(file) === 1) run(file);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
  for (const path of globSync(join(reports, '*.xml'))) {
    const text = readFileSync(path, 'utf8').replace(/hostname="[^"]*"/g, 'hostname="host"');
    writeFileSync(path, text.replaceAll(project, '/project'));
  }
}
