import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GrafanaFormat, type GrafanaOptions, renderGrafana } from '@ephemetry/grafana';
import { type Ended, runShell, temporaryDirectory, unsharedUnavailable } from '@ephemetry/testing';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { jsonLines, MAIN, runCommand } from '../fixtures/run-command.ts';

const FORMATS: readonly GrafanaFormat[] = ['operator', 'provisioning', 'prometheus-rules'];

/** Contents by path. */
function filesUnder(directory: string): Readonly<Record<string, string>> {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => statSync(join(directory, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(directory, path), 'utf8')]));
}

function rendered(format: GrafanaFormat, options: GrafanaOptions = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(renderGrafana(format, options).map(({ path, content }) => [path, content]));
}

function exportTo(out: string, format: GrafanaFormat, ...more: readonly string[]): Promise<Ended> {
  return runCommand(['boards', 'export', '--board', 'fab', '--format', format, '--out', out, ...more]);
}

/** Every option of the command, and what it stands for in code. None is a default. */
const FLAGS: readonly string[] = [
  ...['--objective', '0.97', '--datasource', 'amp-1', '--cluster-label', 'k8s_cluster'],
  ...['--folder', 'fab-alerts', '--page-severity', 'critical', '--ticket-severity', 'warning'],
  ...['--minimum-evaluations', '20', '--stall-window', '4h', '--minimum-revisions', '7'],
  ...['--runbook-base-url', 'https://example.com/runbooks', '--store', 'victoria-metrics'],
];
const OPTIONS: GrafanaOptions = {
  objective: 0.97,
  datasource: 'amp-1',
  clusterLabel: 'k8s_cluster',
  folder: 'fab-alerts',
  severities: { page: 'critical', ticket: 'warning' },
  minimumEvaluations: 20,
  stallWindow: '4h',
  minimumRevisions: 7,
  runbookBaseUrl: 'https://example.com/runbooks',
  store: 'victoria-metrics',
};

describe.concurrent('ephemetry boards export', () => {
  it.each(FORMATS)('--format %s writes what the package renders', async (format) => {
    using directory = temporaryDirectory();
    const out = join(directory.path, 'made', 'here');
    const ended = await exportTo(out, format);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(filesUnder(out)).toEqual(rendered(format));
    const listed = renderGrafana(format).map(
      ({ path, content }) => `${join(out, path)} (${Buffer.byteLength(content)} bytes)\n`,
    );
    expect(ended.stdout).toBe(listed.join(''));
  });

  it.each(FORMATS)('--format %s takes every option, and --json lists the files', async (format) => {
    using directory = temporaryDirectory();
    const args = ['boards', 'export', '--board', 'fab', '--format', format, ...FLAGS, '--out', '.', '--json'];
    const ended = await runCommand(args, { cwd: directory.path });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(filesUnder(directory.path)).toEqual(rendered(format, OPTIONS));
    const files = renderGrafana(format, OPTIONS).map(({ path, content }) => ({
      path,
      bytes: Buffer.byteLength(content),
    }));
    expect(jsonLines(ended.stdout)).toEqual([{ format, files }]);
  });

  it.each(['operator', 'prometheus-rules'] as const)(
    'without --out %s is one stream of YAML documents on standard output',
    async (format) => {
      const ended = await runCommand(['boards', 'export', '--board', 'fab', '--format', format, ...FLAGS]);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      const contents = renderGrafana(format, OPTIONS).map(({ content }) => content);
      expect(ended.stdout).toBe(contents.join('---\n'));
      const documents = parseAllDocuments(ended.stdout).map((document) => document.toJS());
      expect(documents).toEqual(contents.flatMap((text) => parseAllDocuments(text).map((one) => one.toJS())));
      expect(documents).toHaveLength(contents.length);
    },
  );

  it('a second export replaces the files of the first, and leaves any other alone', async () => {
    using directory = temporaryDirectory();
    const line = `boards export --board fab --format prometheus-rules --out ${directory.path}`;
    expect(await runCommand(line)).toMatchObject({ code: 0 });
    writeFileSync(join(directory.path, 'fab-slo-of-an-earlier-version.yaml'), 'groups: []\n');
    expect(await runCommand(`${line} --objective 0.99`)).toMatchObject({ code: 0, stderr: '' });
    expect(filesUnder(directory.path)).toEqual({
      ...rendered('prometheus-rules', { objective: 0.99 }),
      'fab-slo-of-an-earlier-version.yaml': 'groups: []\n',
    });
  });
});

/** Says on standard error when a part of Grafana's SDK is loaded. Once: a pipe that is full refuses more. */
const SAY_LOADED = `data:text/javascript,
  import { writeSync } from 'node:fs';
  import { registerHooks } from 'node:module';
  let isSaid = false;
  const load = (url, context, next) => {
    if (!isSaid && url.includes('grafana-foundation-sdk')) writeSync(2, 'loaded ' + url);
    isSaid ||= url.includes('grafana-foundation-sdk');
    return next(url, context);
  };
  registerHooks({ load });`.replaceAll('\n', '');

describe.concurrent("Grafana's SDK", () => {
  it.each([
    ['--help', false],
    ['status --help', false],
    ['status --spool-dir nowhere', false],
    ['grafana --help', false],
    ['boards export --board fab --help', true],
  ])('"ephemetry %s" loads it: %s', async (line, isLoaded) => {
    const ended = await runCommand(line, { execArgv: ['--import', SAY_LOADED] });
    expect(ended.code).toBe(0);
    expect(ended.stderr.includes('loaded ')).toBe(isLoaded);
  });
});

describe.concurrent('ephemetry boards export refuses', () => {
  it.each([
    ['', /--format <format> is missing/],
    ['--format helm', /--format is 'helm'; allowed: one of operator, provisioning, prometheus-r/],
    [
      '--format operator --objective 1',
      /^error: --objective is '1'; allowed: a number above 0 and below 1, such as 0.95\n/,
    ],
    ['--format operator --objective 95%', /--objective is '95%'.*number in digits/],
    [
      '--format operator --objective 0.9',
      /--objective is '0.9'.*1 \/ 0.1 = 10, so the alert at 14.4 can never fire/,
    ],
    ['--format operator --stall-window 6', /--stall-window is '6'.*as 30m, 6h or 1d/],
    [
      '--format operator --minimum-evaluations 0',
      /--minimum-evaluations is '0'; allowed: a whole number, 1 or more/,
    ],
    [
      '--format operator --minimum-revisions 1.5',
      /--minimum-revisions is '1.5'; allowed: a whole number, 1 or more/,
    ],
    ['--format operator --cluster-label a-b', /--cluster-label is 'a-b'.*letters, digits and _/],
    ['--format operator --datasource a/b', /--datasource is 'a\/b'.*letters, digits, - and _/],
    ['--format operator --folder a/b', /--folder is 'a\/b'.*letters, digits, - and _/],
    ['--format operator --page-severity=', /--page-severity is ''.*not empty/],
    ['--format operator --ticket-severity=', /--ticket-severity is ''.*not empty/],
    ['--format operator --cluster-label phase', /--cluster-label is 'phase'.*no metric has for itself/],
    ['--format operator --runbook-base-url docs', /--runbook-base-url is 'docs'.*absolute http or https URL/],
    ['--format operator --store influx', /--store is 'influx'.*prometheus, victoria-metrics/],
    ['--format operator extra', /boards export takes no arguments; "extra" is unexpected/],
  ])('"%s" with exit code 2, before anything is written', async (line, message) => {
    using directory = temporaryDirectory();
    const ended = await runCommand(`boards export --board fab --out written ${line}`, {
      cwd: directory.path,
    });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).toMatch(/\nephemetry boards export --help tells more\n$/);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  it.each([
    ['--format provisioning', /provisioning mixes JSON and YAML files: it needs --out <directory>/],
    ['--format operator --json', /--json lists the files that are written: it needs --out <directory>/],
    ['--format operator --out=', /--out is ''; allowed: the path/],
  ])('"%s", which has nowhere to write to', async (line, message) => {
    using directory = temporaryDirectory();
    const ended = await runCommand(`boards export --board fab ${line}`, { cwd: directory.path });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

const noNamespaces = unsharedUnavailable();

describe.concurrent('ephemetry boards export that cannot write', () => {
  it('into a file says so with exit code 1, and leaves the file as it was', async () => {
    using directory = temporaryDirectory();
    const out = join(directory.path, 'file');
    writeFileSync(out, 'a file');
    const ended = await exportTo(out, 'operator', '--json');
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^nothing is exported: E[A-Z]+: /);
    expect(ended.stderr).toContain(`--out is "${out}"; allowed: a directory that can be written, or made`);
    expect(filesUnder(directory.path)).toEqual({ file: 'a file' });
  });

  it('all files, as one name is a directory, leaves all as they were', async () => {
    using directory = temporaryDirectory();
    const out = directory.path;
    mkdirSync(join(out, 'fab-slo.yaml'));
    const ended = await exportTo(out, 'operator');
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^nothing is exported: EISDIR: /);
    expect(readdirSync(out)).toEqual(['fab-slo.yaml']);
  });

  it('one of its directories, as a file has that name, leaves no part of the output', async () => {
    using directory = temporaryDirectory();
    const out = directory.path;
    writeFileSync(join(out, 'alerting'), 'a file');
    const ended = await exportTo(out, 'provisioning');
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^nothing is exported: E[A-Z]+: /);
    expect(filesUnder(out)).toEqual({ alerting: 'a file' });
    expect(readdirSync(out)).toEqual(['alerting']);
  });

  it('on a disk that is full halfway leaves the earlier export as it was', async () => {
    using directory = temporaryDirectory();
    const out = directory.path;
    const command = `"${process.execPath}" "${MAIN}" boards export --board fab --format operator --out "${out}"`;
    expect(await runShell(command)).toMatchObject({ code: 0 });
    // Blocks of 512 bytes: less than the first file, which is the largest.
    const ended = await runShell(`ulimit -f 64; ${command} --objective 0.99`);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^nothing is exported: EFBIG: /);
    expect(filesUnder(out)).toEqual(rendered('operator'));
  });

  it.skipIf(noNamespaces)('on a read-only file system leaves the earlier export as it was', async () => {
    using directory = temporaryDirectory();
    const out = directory.path;
    const command = `"${process.execPath}" "${MAIN}" boards export --board fab --format provisioning --out "${out}"`;
    expect(await runShell(command)).toMatchObject({ code: 0 });
    const readOnly = `mount --bind "${out}" "${out}"; mount -o remount,ro,bind "${out}"`;
    const ended = await runShell(`unshare --mount sh -e -c '${readOnly}; ${command} --objective 0.99'`);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^nothing is exported: EROFS: /);
    expect(filesUnder(out)).toEqual(rendered('provisioning'));
  });
});

describe.concurrent('ephemetry boards export --board quality', () => {
  it('reads how old the reports of suites may be from ephemetry.yaml', async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'ephemetry.yaml'), 'suites: { nightly.x: { max_age: 50h } }\n');
    const ended = await runCommand('boards export --board quality --format prometheus-rules', {
      cwd: directory.path,
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(
      'time() - quality:source_timestamp_seconds{source="tests",suite!~"nightly[.]x"} >= 93600 or time() - quality:source_timestamp_seconds{source="tests",suite="nightly.x"} >= 180000',
    );
  });

  it('writes Alertmanager’s configuration with the ways to people that are given', async () => {
    const mail = '--mail-to team@example.com --mail-from a@example.com --mail-server mail.example.com:587';
    const ended = await runCommand(
      `boards export --board quality --format alertmanager --telegram-chat -100123 ${mail} --secrets /run/secrets`,
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('chat_id: -100123');
    expect(ended.stdout).toContain('smarthost: mail.example.com:587');
    expect(ended.stdout).toContain('credentials_file: /run/secrets/webhook-token');
  });

  it.each([
    [
      '--board fab --format alertmanager',
      /--board fab has no Alertmanager configuration; allowed: --board quality/,
    ],
    [
      '--board quality --format operator --telegram-chat 5',
      /--telegram-chat is for --format alertmanager alone; --format is operator/,
    ],
    [
      '--board quality --format alertmanager --mail-to a@example.com',
      /a mail needs all of --mail-to, --mail-from and --mail-server/,
    ],
    [
      '--board quality --format alertmanager --telegram-chat @team',
      /--telegram-chat is '@team'; allowed: the id of a chat, a whole number such as -100123/,
    ],
    [
      '--board quality --format alertmanager --mail-server example.com',
      /--mail-server is 'example.com'; allowed: host:port/,
    ],
  ])('"%s" is refused', async (line, message) => {
    const ended = await runCommand(`boards export ${line}`);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(message);
  });
});
