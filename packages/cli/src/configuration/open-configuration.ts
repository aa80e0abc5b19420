/** Where the configuration file of a command is, and what it says. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Configuration, NO_CONFIGURATION, readConfiguration } from './configuration.ts';
import type { ConfigurationFault } from './fault.ts';
import { FILE_NAME, FILE_VARIABLE } from './file-name.ts';

/** 1,000 targets with headers take a third of it. */
const FILE_LIMIT_BYTES = 256 * 1024;

/** What was found. */
export type OpenedConfiguration =
  | { readonly kind: 'valid'; readonly path: string; readonly configuration: Configuration }
  /** No file was named, and none is in the working directory: nothing is declared. */
  | { readonly kind: 'absent'; readonly path: string; readonly configuration: Configuration }
  | { readonly kind: 'faulty'; readonly path: string; readonly faults: readonly ConfigurationFault[] }
  /** The message says why, and where a file is named. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly message: string };

/**
 * Opens the file that `--config` names, else EPHEMETRY_CONFIG, else `ephemetry.yaml` in the working directory.
 *
 * @param config the option. @default undefined
 */
export function openConfiguration(
  config: string | undefined,
  env: NodeJS.ProcessEnv,
  directory: string = process.cwd(),
): OpenedConfiguration {
  const named = namedFile(config, env);
  const path = named === undefined ? join(directory, FILE_NAME) : resolve(directory, named.path);
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (named === undefined && 'code' in error && error.code === 'ENOENT') {
      return { kind: 'absent', path, configuration: NO_CONFIGURATION };
    }
    const where = named === undefined ? `--config or ${FILE_VARIABLE} names another` : `named by ${named.by}`;
    return { kind: 'unreadable', path, message: `${path} cannot be read (${error.message}); ${where}` };
  }
  const reading = readConfiguration(text);
  return { ...reading, path };
}

/** An empty variable names none. */
function namedFile(
  config: string | undefined,
  env: NodeJS.ProcessEnv,
): { readonly path: string; readonly by: string } | undefined {
  if (config !== undefined) return { path: config, by: '--config' };
  const variable = env[FILE_VARIABLE];
  return variable === undefined || variable === '' ? undefined : { path: variable, by: FILE_VARIABLE };
}

/** Without blocking on a pipe, and never more than the limit. @throws {Error} that says what is wrong */
function readText(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error('it is no file');
    const bytes = Buffer.alloc(FILE_LIMIT_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    if (length > FILE_LIMIT_BYTES) {
      throw new Error(`it is larger than ${FILE_LIMIT_BYTES.toLocaleString('en')} bytes`);
    }
    return decode(bytes.subarray(0, length));
  } finally {
    closeSync(file);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not UTF-8');
  }
}
