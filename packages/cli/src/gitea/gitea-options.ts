/** Options of every gitea verb, and the repositories that they choose. */
import type { ForgeRepository } from '@ephemetry/forge';
import { readSecret } from '@ephemetry/health';
import { flag, type Options, optional, repeated, required } from '../command-line/option.ts';
import { filePath, httpUrl, text } from '../command-line/readers.ts';
import { CONFIG, openedOrTold } from '../configuration/config-option.ts';
import { givenLabel } from '../configuration/given-label.ts';
import { namesDirectory } from '../configuration/remembered-names.ts';
import { REPOSITORY_NAME } from '../configuration/sections/repositories.ts';
import type { Output } from '../terminal/output.ts';

/** What each of them is given. */
export interface GiteaValues {
  readonly url: string;
  readonly tokenFile: string | undefined;
  readonly repository: readonly string[];
  readonly history: string;
  readonly config: string | undefined;
  readonly json: boolean;
}

/** A password in the URL would be shown, and asks for nothing. What was given is not repeated. */
export function urlFault({ url }: Pick<GiteaValues, 'url'>): string | undefined {
  const { username, password, search, hash } = new URL(url);
  if (username === '' && password === '' && search === '' && hash === '') return undefined;
  return '--url must be without user, password and query: --token-file names a token';
}

export const GITEA_OPTIONS: Options<GiteaValues> = {
  url: required('url', 'the forge, as https://git.example.org', httpUrl),
  tokenFile: optional(
    'file',
    'holds a token of the forge',
    filePath,
    'asks as nobody, who sees what is public',
  ),
  repository: repeated(
    'owner/name',
    'collect this repository; may be given several times (else all of the file)',
  ),
  history: required('place', 'directory that keeps what is known, sqlite:FILE or postgres://…', text),
  config: CONFIG,
  json: flag('print one JSON line for each collect'),
};

/**
 * What is collected: the repositories that are asked for, or all that the file declares. One that the file does not declare is
 * one of those whose names are remembered, or `unknown`.
 *
 * @returns undefined when there is nothing to collect; why is told on standard error
 */
export function repositoriesOrTold(
  { config, repository: asked }: GiteaValues,
  env: NodeJS.ProcessEnv,
  output: Output,
  { spoolDir, isRecorded }: { readonly spoolDir?: string | undefined; readonly isRecorded: boolean },
): readonly ForgeRepository[] | undefined {
  const opened = openedOrTold(config, env, output);
  if (opened === undefined) return undefined;
  const { repositories: declared } = opened.configuration;
  const wrong = asked.find((name) => !REPOSITORY_NAME.allows(name));
  if (wrong !== undefined) {
    output.printError(`--repository is ${JSON.stringify(wrong)}; allowed: ${REPOSITORY_NAME.allowed}\n`);
    return undefined;
  }
  if (asked.length === 0 && declared.length === 0) {
    const where = `declare them in the section repositories of ${opened.path}, or name them with --repository`;
    output.printError(`there are no repositories to collect: ${where}\n`);
    return undefined;
  }
  if (asked.length === 0) return declared;
  const known = declared.map(({ name }) => name);
  return [...new Set(asked)].map((name) => {
    const found = declared.find((each) => each.name === name);
    if (found !== undefined) return found;
    const place = namesDirectory(env, spoolDir);
    const label = givenLabel({
      label: 'repository',
      name,
      declared: known,
      namesDirectory: place,
      isRecorded,
    });
    if (label.remark !== undefined) output.printError(`${label.remark}\n`);
    return { name, label: label.value };
  });
}

/** Reads the token when it is asked for, so that it can be changed meanwhile. */
export function tokenReader(tokenFile: string | undefined): () => string | undefined {
  return () => (tokenFile === undefined ? undefined : secretFrom(tokenFile));
}

/** @throws {Error} that names the file, never what it holds */
export function secretFrom(path: string): string {
  const read = readSecret({ kind: 'file', path });
  if (read.kind === 'missing') throw new Error(read.problem);
  const secret = read.text.trim();
  if (secret === '') throw new Error(`the file ${path} is empty`);
  return secret;
}
