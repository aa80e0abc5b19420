/** What a system call cannot be interrupted in: a name that nobody resolves, a certificate that is a pipe. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runUnshared, startNameServer, temporaryDirectory, unsharedUnavailable } from '@ephemetry/testing';
import type { Figure } from '../figure.ts';
import { interleave } from '../interleave.ts';
import { type ProcessRun, runProcess } from '../process-run.ts';
import { programFile } from '../program-files.ts';
import { spreadOf } from '../spread.ts';
import { SPOOL_ONLY, type Surroundings, sendTo } from './surroundings.ts';

/** The default of `exitBudgetMs`, and what may come on top. */
const BAR: NonNullable<Figure['bar']> = { limit: 250 + 100, goFor: 250 + 20 };

/** Each seen from outside: whoever holds up a thread holds up the end behind the last listener. */
export async function measureBlocked(surroundings: Surroundings): Promise<Figure[]> {
  const { path, remove } = temporaryDirectory();
  try {
    return [await measureCertificate(surroundings, path), ...(await measureNameServer(surroundings, path))];
  } finally {
    remove();
  }
}

async function measureCertificate({ effort, healthy }: Surroundings, path: string): Promise<Figure> {
  const pipe = join(path, 'ca.pem');
  execFileSync('mkfifo', [pipe]);
  const env = {
    ...sendTo(healthy.url.replace('http:', 'https:')),
    OTEL_EXPORTER_OTLP_CERTIFICATE: pipe,
  };
  const rounds = await interleave(effort.slowRounds, {
    bare: () => runProcess('exit-bare'),
    blocked: () => runProcess('exit-ephemetry', { env }),
  });
  return {
    name: 'blocked.certificate',
    meaning: 'Time added at exit, from process.exit() until the process is gone, certificate is a pipe',
    unit: 'ms',
    spread: spreadOf(rounds.map((run) => run('blocked').leavingMs - run('bare').leavingMs)),
    bar: BAR,
  };
}

/** Needs root and Linux: a resolv.conf of its own for the program. */
async function measureNameServer({ effort }: Surroundings, path: string): Promise<Figure[]> {
  if (unsharedUnavailable() !== undefined) return [];
  const server = await startNameServer({ address: '127.0.77.9', port: 53, isSilent: true });
  const configuration = join(path, 'resolv.conf');
  writeFileSync(configuration, 'nameserver 127.0.77.9\noptions timeout:30 attempts:5\n');
  const runAlone = async (env: Readonly<Record<string, string>>): Promise<ProcessRun> => {
    const ended = await runUnshared(programFile('exit-ephemetry'), {
      env: { EPHEMETRY_SPOOL_DIR: join(path, 'spool'), ...env },
      mounts: { '/etc/resolv.conf': configuration },
    });
    if (ended.kind === 'unavailable' || ended.code !== 0) throw new Error(`no run: ${JSON.stringify(ended)}`);
    const { wallMs, stderr } = ended;
    return { wallMs, leavingMs: Number.NaN, said: {}, stderr };
  };
  try {
    const rounds = await interleave(effort.slowRounds, {
      spooled: () => runAlone(SPOOL_ONLY),
      blocked: () => runAlone(sendTo('http://collector.example.test:4318/v1/metrics')),
    });
    return [
      {
        name: 'blocked.name_server',
        meaning: 'Time added to the whole process, above one that only spools, name server is silent',
        unit: 'ms',
        spread: spreadOf(rounds.map((run) => run('blocked').wallMs - run('spooled').wallMs)),
        bar: BAR,
      },
    ];
  } finally {
    await server.stop();
  }
}
