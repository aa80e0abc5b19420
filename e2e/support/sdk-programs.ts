/** Programs that use OpenTelemetry's own SDKs, as their documentation says; made once and kept in `.cache/`. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const SDKS = join(import.meta.dirname, 'sdks');
const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'e2e-tools');

/** What is started, with its arguments. */
export type SdkProgram = readonly [command: string, ...args: readonly string[]];

/** Finds or makes the program of a language. @throws {Error} when Python 3 with venv, or Go, is not there */
export function sdkProgram(language: 'python' | 'go'): SdkProgram {
  return language === 'python' ? pythonProgram() : [goProgram()];
}

/** A job that says what it has exported, and ends as its arguments say. */
export function sdkJob(language: 'python' | 'go' | 'node'): SdkProgram {
  if (language === 'node')
    return [process.execPath, '--max-old-space-size=40', join(SDKS, 'node', 'job.mjs')];
  if (language === 'go') return [goProgram('go-job')];
  const [interpreter] = pythonProgram();
  return [interpreter, join(SDKS, 'python', 'job.py')];
}

function pythonProgram(): SdkProgram {
  const requirements = join(SDKS, 'python', 'requirements.txt');
  const made = kept('python-sdk', [requirements], (directory) => {
    run('python3', ['-m', 'venv', directory]);
    // By way of the interpreter: scripts of a virtual environment name the directory that it was made in.
    run(join(directory, 'bin', 'python3'), ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  });
  return [join(made, 'bin', 'python3'), join(SDKS, 'python', 'program.py')];
}

function goProgram(folder: 'go' | 'go-job' = 'go'): string {
  const sources = ['main.go', 'go.mod', 'go.sum'].map((name) => join(SDKS, folder, name));
  const made = kept(`${folder}-sdk`, sources, (directory) => {
    run('go', ['build', '-o', join(directory, 'program'), '.'], join(SDKS, folder));
  });
  return join(made, 'program');
}

/** A directory that is made once for the content of some files; in one step, so that half of it is never found. */
function kept(name: string, sources: readonly string[], make: (directory: string) => void): string {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  const finished = join(CACHE, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(finished)) return finished;
  const directory = mkdtempSync(join(CACHE, `${name}-`));
  try {
    make(directory);
    renameSync(directory, finished);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return finished;
}

function run(command: string, args: readonly string[], cwd?: string): void {
  execFileSync(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Runs one process with its own run id, as the guide says. @throws {Error} with its output, when it fails */
export async function runSdkProgram(
  [command, ...args]: SdkProgram,
  endpoint: string,
  runId: string,
): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_SERVICE_NAME: 'program',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${runId}`,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${output}`);
}
