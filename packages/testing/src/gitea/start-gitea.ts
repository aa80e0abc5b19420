/** A real Gitea on a free port, with its database in a file, that ends with the test file. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from '../free-ports.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { waitFor } from '../wait-for.ts';
import { GITEA_DIRECTORY } from './gitea-program.ts';

/** A running Gitea. */
export interface Gitea {
  readonly url: string;
  /** Asks the API as the administrator; the answer's JSON. @throws {Error} for a status that is not 2xx */
  api<Answer = unknown>(method: string, path: string, body?: object): Promise<Answer>;
  /** Of the administrator, for everything. */
  readonly token: string;
  /** A token of a user with these scopes, such as `read:user`. */
  newToken(user: string, scopes: string): Promise<string>;
  /** Kills it; what it holds stays. */
  kill(): Promise<void>;
  /** Starts it again, with what it held, at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** As few entries on a page as a server may be told to give. */
const PAGE_CAP = 7;
const PROGRAM = join(GITEA_DIRECTORY, 'gitea');
const run = promisify(execFile);

/** Starts one with the administrator `boss`. */
export async function startGitea(): Promise<Gitea> {
  const directory = temporaryDirectory();
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const configuration = join(directory.path, 'app.ini');
  mkdirSync(join(directory.path, 'home'));
  writeFileSync(configuration, settings(directory.path, port));
  const env = {
    PATH: process.env['PATH'],
    HOME: join(directory.path, 'home'),
    GITEA_WORK_DIR: directory.path,
  };
  const command = async (...args: readonly string[]): Promise<string> =>
    (await run(PROGRAM, ['--config', configuration, ...args], { env })).stdout;
  await command('migrate');
  const user = ['--username', 'boss', '--password', 'a-long-passw0rd', '--email', 'boss@example.org'];
  await command('admin', 'user', 'create', ...user, '--admin', '--must-change-password=false');
  const newToken = async (name: string, scopes: string): Promise<string> => {
    const unique = `token-${Math.random()}`;
    const said = await command(
      ...['admin', 'user', 'generate-access-token', '--username', name, '--token-name', unique],
      ...['--scopes', scopes, '--raw'],
    );
    // Warnings stand before it and behind it: of a database that is busy, for one.
    const [made] = /^[0-9a-f]{40}$/m.exec(said) ?? [];
    if (made === undefined) throw new Error(`Gitea made no token: ${said}`);
    return made;
  };
  const token = await newToken('boss', 'all');
  let said = '';
  let server: ChildProcess | undefined;
  let ended = Promise.resolve();
  const start = async (): Promise<void> => {
    const started = spawn(PROGRAM, ['--config', configuration, 'web'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = started;
    started.stderr.on('data', (piece) => {
      said = `${said}${piece}`.slice(-4000);
    });
    ended = new Promise<void>((resolve) => void started.once('exit', () => resolve()));
    const isUp = async (): Promise<boolean> => {
      if (started.exitCode !== null) throw new Error(`Gitea ended: ${said}`);
      return await fetch(`${url}/api/v1/version`).then(
        ({ ok }) => ok,
        () => false,
      );
    };
    await waitFor(isUp, { what: 'Gitea', deadlineMs: 120_000, describe: () => said });
  };
  const kill = async (): Promise<void> => {
    server?.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url,
    token,
    newToken,
    api: (method, path, body) => ask(url, token, method, path, body),
    kill,
    restart: async () => {
      await kill();
      await start();
    },
    stop: async () => {
      await kill();
      directory.remove();
    },
  };
}

async function ask<Answer>(
  url: string,
  token: string,
  method: string,
  path: string,
  body: object | undefined,
): Promise<Answer> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  // What an endpoint sends is the test's knowledge.
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

function settings(directory: string, port: number): string {
  return `
RUN_MODE = prod
WORK_PATH = ${directory}
; Containers run tests as root; this server listens on loopback and is gone in a minute.
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
DISABLE_SSH = true
OFFLINE_MODE = true
STATIC_ROOT_PATH = ${GITEA_DIRECTORY}
[database]
DB_TYPE = sqlite3
PATH = ${directory}/gitea.db
[repository]
ROOT = ${directory}/repositories
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-tests
PASSWORD_HASH_ALGO = pbkdf2$1$10
[api]
MAX_RESPONSE_ITEMS = ${PAGE_CAP}
[indexer]
ISSUE_INDEXER_TYPE = db
[webhook]
ALLOWED_HOST_LIST = loopback
[actions]
ENABLED = true
[cron.update_checker]
ENABLED = false
[mailer]
ENABLED = false
[log]
MODE = console
LEVEL = Error
STDERR = true
`;
}
