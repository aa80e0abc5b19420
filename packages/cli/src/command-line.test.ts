import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCommand } from './fixtures/run-command.ts';
import { VERBS } from './generated/verbs.ts';

describe.concurrent('arguments', () => {
  const words = new Set(VERBS.map(({ name }) => name.split(' ')[0]));
  const allowedVerbs = new RegExp(`allowed verbs: ${[...words].join(', ')}; ephemetry --help tells more`);
  it.each([
    ['nonsense', /unknown verb "nonsense"/, allowedVerbs],
    ['fab', /a verb is missing/, /allowed verbs: import; ephemetry fab --help/],
    ['fab export', /unknown verb "export"/, /allowed verbs: import; ephemetry fab --help/],
    ['boards', /a verb is missing/, /allowed verbs: export; ephemetry boards --help/],
    [
      'boards exprot',
      /unknown verb "exprot"; did you mean export\?/,
      /allowed verbs: export; ephemetry boards/,
    ],
    ['--nonsense', /unknown option --nonsense/, allowedVerbs],
    [
      'drain --wtach',
      /unknown option --wtach; did you mean --watch\?/,
      /allowed options: --watch, .*--in-doubt.*; ephemetry drain --help/,
    ],
    [
      'drain --interval 0',
      /^error: --interval is '0'; allowed: a whole number from 1 to 86400\n/,
      /drain --help tells more/,
    ],
    ['drain --interval 1.5', /--interval is '1.5'/, /whole number from 1 to 86400/],
    ['drain --endpoint localhost:4318', /--endpoint is 'localhost:4318'/, /full URL such as http:/],
    ['drain --timeout-ms', /--timeout-ms <number> needs a value/, /ephemetry drain --help tells more/],
    ['receive --port 65536', /--port is '65536'/, /whole number from 0 to 65535/],
    [
      'status extra',
      /^error: status takes no arguments; "extra" is unexpected\n/,
      /ephemetry status --help tells more/,
    ],
    [
      'fab import a b',
      /^error: fab import takes 1 argument; "b" is unexpected\n/,
      /ephemetry fab import --help tells more/,
    ],
    ['drain --interval 10', /^error: --interval needs --watch\n/, /ephemetry drain --help tells more/],
    ['help nonsense', /unknown verb "nonsense"/, allowedVerbs],
    ['-v', /unknown option -v; did you mean -V\?/, allowedVerbs],
    ['foo', /unknown verb "foo"\n/, allowedVerbs],
  ])('"%s" is refused with exit code 2, and says what is allowed', async (line, given, allowed) => {
    const ended = await runCommand(line);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(given);
    expect(ended.stderr.replaceAll('\n', ' ')).toMatch(allowed);
  });

  it.each(['drain', 'status', 'fab import'])(
    'an unset variable in "%s --spool-dir" does not choose the default spool',
    async (verb) => {
      const ended = await runCommand([...verb.split(' '), '--spool-dir', '']);
      expect(ended).toMatchObject({ code: 2, stdout: '' });
      expect(ended.stderr).toMatch(/^error: --spool-dir is ''; allowed: the path of a directory/);
    },
  );

  it('a wrong value is not followed by a list of all options', async () => {
    const ended = await runCommand('drain --interval 0');
    expect(ended.stderr).not.toContain('--endpoint');
    expect(ended.stderr.split('\n')).toHaveLength(3);
  });

  it('without arguments lists the verbs, as a fault', async () => {
    const ended = await runCommand('');
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^Usage: ephemetry <verb>[\s\S]*boards export[\s\S]*status/);
  });

  it.each([
    ['help', '--help'],
    ['help drain', 'drain --help'],
    ['help merges watch', 'merges watch --help'],
    ['help fab', 'fab --help'],
  ])('"%s" is "%s"', async (line, same) => {
    const [ended, expected] = [await runCommand(line), await runCommand(same)];
    expect(ended).toMatchObject({ code: 0, stdout: expected.stdout, stderr: '' });
  });

  it.each([
    [
      '--help',
      /Verbs:[\s\S]*boards export[\s\S]*drain[\s\S]*fab import[\s\S]*merges[\s\S]*receive[\s\S]*status[\s\S]*Exit codes:\s+0/,
    ],
    ['-h', /Usage: ephemetry/],
    ['receive --help', /--port <number>[\s\S]*Examples:[\s\S]*ephemetry receive[\s\S]*Exit codes:\s+0/],
    [
      'drain --help',
      /--watch[\s\S]*Examples:[\s\S]*ephemetry drain[\s\S]*Exit codes:\s+0[\s\S]*1\s+not everything was delivered/,
    ],
    ['status --help', /Examples:[\s\S]*ephemetry status[\s\S]*3\s+batches wait/],
    ['fab import --help', /\[file\][\s\S]*--state[\s\S]*Examples:[\s\S]*Exit codes:\s+0/],
    ['merges --help', /--database <place>[\s\S]*EPHEMETRY_MERGES_DATABASE[\s\S]*watch[\s\S]*Exit codes:\s+0/],
    ['merges watch --help', /--channel[\s\S]*Examples:[\s\S]*Exit codes:\s+0\s+ended by SIGINT/],
    ['merges history --help', /<metric>[\s\S]*--limit[\s\S]*Examples:[\s\S]*Exit codes:\s+0/],
    ['merges explain --help', /<metric>[\s\S]*--project[\s\S]*Examples:[\s\S]*Exit codes:\s+0/],
    ['merges import --help', /<file>[\s\S]*work_item_id[\s\S]*Examples:[\s\S]*Exit codes:\s+0/],
    ['merges rebuild --help', /--retry-quarantined[\s\S]*Examples:[\s\S]*Exit codes:\s+0/],
    ['boards --help', /Verbs:[\s\S]*boards export/],
    [
      'boards export --help',
      /--objective <share>[\s\S]*\(default:\s+0.95\)[\s\S]*Examples:[\s\S]*Exit codes:\s+0\s+exported/,
    ],
  ])('"%s" helps on standard output', async (line, expected) => {
    const ended = await runCommand(line);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(expected);
  });

  it.each([
    ['grafana export --format helm', 'ephemetry grafana export is now ephemetry boards export --board fab'],
    ['metrics history nonsense', 'ephemetry metrics is now ephemetry merges'],
    ['metrics --json history nonsense', 'ephemetry metrics is now ephemetry merges'],
  ])('"%s" still means the verb of today, and one line says its name', async (line, notice) => {
    const ended = await runCommand(line);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(`${notice}; the old name works until 1.0\nerror: `);
    expect(ended.stderr).toMatch(/is '(helm|nonsense)'; allowed: one of /);
  });

  it('--version is the one of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await runCommand('--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
