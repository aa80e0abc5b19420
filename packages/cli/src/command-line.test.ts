import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCommand } from './fixtures/run-command.ts';

describe.concurrent('arguments', () => {
  const allowedCommands =
    /allowed commands: receive, drain, status, fab, metrics, grafana; ephemetry --help tells more/;
  it.each([
    ['nonsense', /unknown command 'nonsense'/, allowedCommands],
    ['', /Usage: ephemetry/, allowedCommands],
    ['fab', /Usage: ephemetry fab/, /allowed commands: import; ephemetry fab --help/],
    ['fab export', /unknown command 'export'/, /allowed commands: import; ephemetry fab --help/],
    ['grafana', /Usage: ephemetry grafana/, /allowed commands: export; ephemetry grafana --help/],
    ['grafana import', /unknown command 'import'/, /allowed commands: export; ephemetry grafana --help/],
    ['--nonsense', /unknown option '--nonsense'/, /allowed options: --version, --help/],
    [
      'drain --wtach',
      /unknown option '--wtach'/,
      /allowed options: --watch, .*--in-doubt.*; ephemetry drain --help/,
    ],
    ['drain --interval 0', /argument '0' is invalid/, /whole number from 1 to 86400/],
    ['drain --interval 1.5', /argument '1.5' is invalid/, /whole number from 1 to 86400/],
    ['drain --endpoint localhost:4318', /argument 'localhost:4318' is invalid/, /full URL such as http:/],
    ['drain --timeout-ms', /'--timeout-ms <number>' argument missing/, /allowed options: /],
    ['receive --port 65536', /argument '65536' is invalid/, /whole number from 0 to 65535/],
    ['status extra', /too many arguments for 'status'/, /allowed options: --json, --spool-dir/],
    ['fab import a b', /too many arguments for 'import'/, /allowed options: --state/],
  ])('"%s" is refused with exit code 2, and says what is allowed', async (line, given, allowed) => {
    const ended = await runCommand(line);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(given);
    expect(ended.stderr.replaceAll('\n', ' ')).toMatch(allowed);
  });

  it.each([
    [
      '--help',
      /Commands:[\s\S]*receive[\s\S]*drain[\s\S]*status[\s\S]*fab[\s\S]*metrics[\s\S]*grafana[\s\S]*Exit codes: 0/,
    ],
    ['-h', /Usage: ephemetry/],
    ['receive --help', /--port <number>[\s\S]*Examples:[\s\S]*ephemetry receive[\s\S]*Exit codes: 0/],
    [
      'drain --help',
      /--watch[\s\S]*Examples:[\s\S]*ephemetry drain[\s\S]*Exit codes: 0[\s\S]*1 something remains/,
    ],
    ['status --help', /Examples:[\s\S]*ephemetry status[\s\S]*3 batches wait/],
    ['fab import --help', /\[file\][\s\S]*--state[\s\S]*Examples:[\s\S]*Exit codes: 0/],
    ['metrics --help', /--database <place>[\s\S]*watch[\s\S]*EPHEMETRY_DATABASE[\s\S]*Exit codes: 0/],
    ['metrics watch --help', /--channel[\s\S]*Examples:[\s\S]*Exit codes: 0 ended by SIGINT/],
    ['metrics history --help', /<metric>[\s\S]*--limit[\s\S]*Examples:[\s\S]*Exit codes: 0/],
    ['metrics explain --help', /<metric>[\s\S]*--project[\s\S]*Examples:[\s\S]*Exit codes: 0/],
    ['metrics import --help', /<file>[\s\S]*work_item_id[\s\S]*Examples:[\s\S]*Exit codes: 0/],
    ['metrics rebuild --help', /--retry-quarantined[\s\S]*Examples:[\s\S]*Exit codes: 0/],
    ['grafana --help', /Commands:[\s\S]*export/],
    [
      'grafana export --help',
      /--objective <share>[\s\S]*\(default: 0.95\)[\s\S]*Examples:[\s\S]*Exit codes: 0 exported/,
    ],
  ])('"%s" helps on standard output', async (line, expected) => {
    const ended = await runCommand(line);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(expected);
  });

  it('--version is the one of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await runCommand('--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
