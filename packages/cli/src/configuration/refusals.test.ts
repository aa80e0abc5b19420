/** Everything that a configuration file cannot say, with the line that is told and what is allowed instead. */
import { expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';
import { describeFault } from './fault.ts';

function faultsOf(text: string): readonly string[] {
  const reading = readConfiguration(text);
  return reading.kind === 'valid' ? [] : reading.faults.map((fault) => describeFault('e.yaml', fault));
}

const TARGET = 'targets: { ezra: { class: gateway, url: "http://192.0.2.7/" } }\n';
const LABEL = 'letters, digits and . _ - (a letter or digit first), at most 64, and not unknown';
const names = (count: number, say: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `  n${index}: ${say(index)}\n`).join('');

test.each<[what: string, text: string, fault: string]>([
  [
    'an unknown section',
    '\nsuits: {}\n',
    'e.yaml:2: suits is unknown; did you mean suites?; allowed: suites, networks, vantage, targets, repositories, commands, rows, limits',
  ],
  [
    'an unknown key',
    'suites:\n  hermes:\n    max_ages: 26h\n',
    'e.yaml:3: suites.hermes.max_ages is unknown; did you mean max_age?; allowed: categories, max_age',
  ],
  [
    'a name that is declared twice',
    'suites:\n  hermes: {}\n  hermes: {}\n',
    'e.yaml:3: suites.hermes is given twice, first in line 2; allowed: each key once',
  ],
  [
    'two categories with one pattern, however it is written',
    "suites:\n  hermes:\n    categories:\n      acp: 'tests/acp/**'\n      tools: ['x/*', './tests//acp/**']\n",
    'e.yaml:5: suites.hermes.categories.tools[2] repeats the pattern "tests/acp/**" in line 4, of category acp; allowed: each pattern once',
  ],
  [
    'a pattern that leaves the directory',
    "suites: { hermes: { categories: { acp: '../**' } } }\n",
    `e.yaml:1: suites.hermes.categories.acp is "../**"; allowed: a relative pattern with / and without .., such as 'tests/acp/**', with ranges such as [a-z]`,
  ],
  [
    'a pattern with a range that is upside down',
    "suites:\n  hermes:\n    categories:\n      acp: 'tests/[z-a]/**'\n",
    `e.yaml:4: suites.hermes.categories.acp is "tests/[z-a]/**"; allowed: a relative pattern with / and without .., such as 'tests/acp/**', with ranges such as [a-z]`,
  ],
  [
    'the name unknown',
    'suites:\n  unknown: {}\n',
    `e.yaml:2: suites has the name "unknown"; allowed: ${LABEL}`,
  ],
  ['a name with a space', 'vantage: my laptop\n', `e.yaml:1: vantage is "my laptop"; allowed: ${LABEL}`],
  ['a number where a name is asked for', 'vantage: 12\n', `e.yaml:1: vantage is 12; allowed: ${LABEL}`],
  [
    'a duration with a space',
    'suites: { hermes: { max_age: 26 h } }\n',
    'e.yaml:1: suites.hermes.max_age is "26 h"; allowed: a whole number with ms, s, m, h or d, from 1m to 366d',
  ],
  [
    'a duration without a unit',
    'commands:\n  backup: { every: 24 }\n',
    'e.yaml:2: commands.backup.every is 24; allowed: a whole number with ms, s, m, h or d, from 1s to 366d',
  ],
  [
    'a command without its duration',
    'commands:\n  backup: {}\n',
    'e.yaml:2: commands.backup has no every; allowed: every: how often it should end well, such as 24h',
  ],
  [
    'a target without a class',
    'targets:\n  ezra:\n    url: http://192.0.2.7/\n',
    'e.yaml:3: targets.ezra has no class; allowed: class: what kind of thing it is, such as gateway',
  ],
  [
    'a target without an address',
    'targets:\n  ezra: { class: gateway }\n',
    'e.yaml:2: targets.ezra has neither url nor command; allowed: one of url and command',
  ],
  [
    'a target with two ways to ask it',
    'targets:\n  ezra: { class: gateway, url: "tcp://192.0.2.7:1", command: [true] }\n',
    'e.yaml:2: targets.ezra.command[1] is true; allowed: text of 1 to 4096 characters, in quotes',
  ],
  [
    'a URL with another scheme, without its secrets',
    'targets:\n  ezra: { class: gateway, url: "ftp://h/?token=abc" }\n',
    'e.yaml:2: targets.ezra.url is "ftp://h/?…"; allowed: a URL with http://, https://, tcp://, tls://, such as http://192.0.2.7:8080/health',
  ],
  [
    'a URL with a password, which is not shown',
    'targets:\n  ezra: { class: gateway, url: "http://me:abc@h/" }\n',
    'e.yaml:2: targets.ezra.url holds a user name or password; allowed: a URL without them; they belong into a header that is read from a file or variable',
  ],
  [
    'a secret in the file, which is not shown',
    'targets:\n  ezra:\n    class: gateway\n    url: http://h/\n    headers:\n      Authorization: Bearer abc\n',
    'e.yaml:6: targets.ezra.headers.Authorization holds a secret; allowed: { file: path } or { env: VARIABLE }, as people share this file',
  ],
  [
    'a witness without a port',
    'networks:\n  tailnet:\n    witnesses:\n      - tcp://192.0.2.1\n',
    'e.yaml:4: networks.tailnet.witnesses[1] is "tcp://192.0.2.1"; allowed: a URL with tcp://, such as tcp://192.0.2.1:22',
  ],
  [
    'an undeclared network',
    'networks: { tailnet: {} }\ntargets:\n  ezra: { class: gateway, url: "tcp://h:1", network: tailnett }\n',
    'e.yaml:3: targets.ezra.network is "tailnett"; allowed: one that networks declares: tailnet',
  ],
  [
    'a network where none is declared',
    'targets:\n  ezra: { class: gateway, url: "tcp://h:1", network: tailnet }\n',
    'e.yaml:2: targets.ezra.network is "tailnet"; allowed: nothing, as networks declares none',
  ],
  [
    'a method for a target that is no page',
    'targets:\n  ezra:\n    class: gateway\n    url: tcp://h:1\n    method: GET\n',
    'e.yaml:5: targets.ezra.method is given, but the probe is "tcp"; allowed: with http, https',
  ],
  [
    'a status that there is not',
    `targets: { ezra: { class: a, url: "http://h/", expect: { status: [200, 99] } } }\n`,
    'e.yaml:1: targets.ezra.expect.status[2] is 99; allowed: a status such as 200, 2xx or 200-299',
  ],
  [
    'JSON with a number that JSON cannot say',
    `targets: { ezra: { class: a, url: "http://h/", expect: { json: { x: [.nan] } } } }\n`,
    'e.yaml:1: targets.ezra.expect.json holds a number that JSON cannot say; allowed: JSON',
  ],
  [
    'a repository without its owner',
    'repositories:\n  app: {}\n',
    'e.yaml:2: repositories has the name "app"; allowed: owner/name, at most 140, and not unknown',
  ],
  [
    'a dispatch that nothing tells',
    'repositories:\n  team/app: { dispatch: { deadline: 48h } }\n',
    'e.yaml:2: repositories.team/app.dispatch has neither label nor assignee; allowed: one of them, or both',
  ],
  [
    'a pipeline twice',
    'repositories:\n  team/app:\n    pipelines:\n      - ci.yaml\n      - ci.yaml\n',
    'e.yaml:5: repositories.team/app.pipelines[2] repeats "ci.yaml" of line 4; allowed: each name once',
  ],
  [
    'a row of a class that no target has',
    `${TARGET}rows:\n  gateway_uptime: { class: gatway }\n`,
    'e.yaml:3: rows.gateway_uptime.class is "gatway"; allowed: one that targets declares: gateway',
  ],
  [
    'a row that says nothing',
    'rows:\n  gateway_uptime: {}\n',
    'e.yaml:2: rows.gateway_uptime says nothing; allowed: one or more of class, target, network, suite, repository, command',
  ],
  [
    'a limit of a label that nobody declares',
    'limits:\n  result: 4\n',
    'e.yaml:2: limits.result is unknown; allowed: suite, category, repository, pipeline, target, class, vantage, network, command',
  ],
  [
    'more categories than can be told apart',
    'limits:\n  category: 256\n',
    'e.yaml:2: limits.category is 256; allowed: a whole number from 1 to 255',
  ],
  [
    'a limit beyond all limits',
    'limits:\n  target: 1001\n',
    'e.yaml:2: limits.target is 1001; allowed: a whole number from 1 to 1000',
  ],
  [
    'more suites than the limit, at the first that is too many',
    `suites:\n${names(17, () => '{}')}`,
    'e.yaml:18: suites.n16 is one of 17 values of suite; allowed: 16 at most, or more with limits.suite',
  ],
  [
    'more targets than a limit of its own',
    `limits: { target: 2 }\ntargets:\n${names(3, () => '{ class: a, url: "tcp://h:1" }')}`,
    'e.yaml:5: targets.n2 is one of 3 values of target; allowed: 2 at most, or more with limits.target',
  ],
  [
    'more classes than the limit, where the class stands',
    `targets:\n${names(33, (index) => `{ class: c${index}, url: "tcp://h:1" }`)}`,
    'e.yaml:34: targets.n32.class is one of 33 values of class; allowed: 32 at most, or more with limits.class',
  ],
  [
    'more commands than the limit',
    `commands:\n${names(65, () => '{ every: 1h }')}`,
    'e.yaml:66: commands.n64 is one of 65 values of command; allowed: 64 at most, or more with limits.command',
  ],
  [
    'a list as the file',
    '- a\n',
    'e.yaml:1: is a list; allowed: a mapping with suites, networks, vantage, targets, repositories, commands, rows, limits',
  ],
  [
    'an alias',
    'vantage: &a laptop\nsuites: *a\n',
    'e.yaml:2: suites is the alias "*a"; allowed: the value itself',
  ],
  [
    'a tag',
    'vantage: !!str laptop\n',
    'e.yaml:1: vantage has the tag "tag:yaml.org,2002:str"; allowed: values without tags',
  ],
  [
    'a key that is a list',
    '? [a]\n: b\n',
    'e.yaml:1: has a key that is no text; allowed: keys that are plain text',
  ],
  [
    'a second document',
    'vantage: a\n---\nvantage: b\n',
    'e.yaml:2: this is no YAML: Source contains multiple documents; please use YAML.parseAllDocuments(); allowed: one YAML document',
  ],
  [
    'a tab',
    'suites:\n\thermes: {}\n',
    'e.yaml:2: this is no YAML: Tabs are not allowed as indentation; allowed: one YAML document',
  ],
  [
    'a NUL',
    'targets: { ezra: { class: a, url: "http://h/", body: "a\\0" } }\n',
    'e.yaml:1: targets.ezra.body is no such text; allowed: text, { file: path } or { env: VARIABLE }',
  ],
  [
    'an empty value',
    'suites:\n  hermes:\n',
    'e.yaml:2: suites.hermes is empty; allowed: a mapping with categories, max_age',
  ],
])('refuses %s', (_what, text, fault) => {
  expect(faultsOf(text)).toContain(fault);
});

test('tells all faults at once, in the order of the file', () => {
  const faults = faultsOf(`suites: { hermes: { max_age: 26 } }
networks: { tailnet: { witnesses: [x] } }
targets:
  ezra: { class: a, url: "http://h/", deadline: 3, network: nowhere }
limits: { target: 0 }
`);
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
    'e.yaml:1:',
    'e.yaml:2:',
    'e.yaml:4:',
    'e.yaml:4:',
    'e.yaml:5:',
  ]);
});

test('a value that is refused makes no second fault of its key', () => {
  expect(faultsOf('targets:\n  ezra: { class: a, url: 12 }\n')).toHaveLength(1);
  expect(faultsOf('commands: { backup: { every: !!str 24h } }\n')).toHaveLength(1);
});

test('a text of any length and content is shown short', () => {
  const [fault = ''] = faultsOf(`vantage: "${'\\u001b'.repeat(50_000)}"\n`);
  expect(fault.length).toBeLessThan(600);
  expect(fault).toContain('(50000 characters)');
});

test.each([
  ['10,000 names', Array.from({ length: 10_000 }, (_, index) => `k${index}: 1`).join('\n')],
  ['flow lists in each other', '['.repeat(30_000)],
  ['flow mappings in each other', '{a: '.repeat(20_000)],
  ['block lists in each other', '- '.repeat(30_000)],
  ['mappings of 500 levels', Array.from({ length: 500 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
  ['aliases that grow', 'a: &a [1]\nb: &b [*a, *a]\nc: &c [*b, *b]\n'],
])('refuses %s, and nothing breaks', (_what, text) => {
  expect(readConfiguration(text).kind).toBe('faulty');
});
