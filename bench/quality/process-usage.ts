/** Runs programs to their end, and says what they used. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** What a program used, from its start to its end. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly stdout: string;
}

/** Written by the program itself as it exits: nobody else knows exactly. */
const TELL = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.getBuiltinModule('node:fs').writeFileSync(process.env.USAGE_FILE, JSON.stringify(
    { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMiB: maxRSS / 1024 }));
});`;

/** The built command. */
export const COMMAND: string = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'dist', 'main.js');

/**
 * Runs a program of Node.
 *
 * @throws when it ends with another exit code than 0
 */
export async function usageOf(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Usage> {
  const file = join(mkdtempSync(join(tmpdir(), 'usage-')), 'usage.json');
  const tell = `data:text/javascript,${encodeURIComponent(TELL)}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', tell, ...args], {
    env: { PATH: process.env['PATH'], USAGE_FILE: file, EPHEMETRY_DELIVERY: 'spool-only', ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  const usage: Omit<Usage, 'stdout'> = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(dirname(file), { recursive: true });
  return { ...usage, stdout };
}
