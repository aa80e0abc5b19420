/** `ephemetry run`: runs any command, measures it and delivers what it measures. */
import { isCommandName, NAME_RULE, nameOfCommand, runCommand, UNDELIVERED } from '@ephemetry/wrapper';
import { defineVerb } from '../command-line/define-verb.ts';
import type { Reader } from '../command-line/option.ts';
import { flag, InvalidValue, optional, rest } from '../command-line/option.ts';
import { present } from '../command-line/present.ts';
import type { Verb } from '../command-line/verb.ts';
import { commandLabel } from '../configuration/command-label.ts';
import { watchPushed } from '../push/deliver-pushed.ts';
import { ENDPOINT, SPOOL_DIR } from '../spool/place-options.ts';

const commandName: Reader<string> = (given) => {
  if (isCommandName(given)) return given;
  throw new InvalidValue(NAME_RULE);
};

export const verb: Verb = defineVerb({
  name: 'run',
  summary: 'Run any command, measure it, and deliver on every ending.',
  help: `The command has terminal, input, output, signals and exit code as without ephemetry. Its runs, failures, time, processor time and memory are counted under its name. Standard error gets a line only when something could not be delivered.

In the foreground of a terminal, Ctrl-C, Ctrl-\\ and Ctrl-Z reach the command from the terminal, once. Other signals are passed on; elsewhere all are.`,
  examples: [
    'ephemetry run -- ./backup.sh',
    'ephemetry run --name nightly-backup -- rsync -a /data /backup',
    'ephemetry run --spool-only -- make test',
  ],
  exits: {
    done: 'the command succeeded',
    others: [
      ['n', 'the command ended with n'],
      ['128+n', 'the command was killed by signal n; this process ends by the same signal'],
      [String(UNDELIVERED), 'with --require-delivery: the command succeeded, and not all was delivered'],
      ['126', 'the command cannot be executed'],
      ['127', 'the command was not found'],
    ],
  },
  usageExitCode: 125,
  options: {
    name: optional('name', 'the label command of its metrics', commandName, 'the name of its file'),
    spoolOnly: flag('leave delivery to a drain or sidecar', { conflicts: ['requireDelivery'] }),
    requireDelivery: flag(`end with ${UNDELIVERED} when the command succeeded and not all was delivered`),
    verbose: flag('say on standard error what is measured under which name, and where'),
    spoolDir: SPOOL_DIR,
    endpoint: ENDPOINT,
    command: rest('command', 'the command and its arguments'),
  },
  run: async (given: Values, output) => {
    const { command: words, name, spoolOnly, requireDelivery, verbose, spoolDir, endpoint } = given;
    const [command = '', ...args] = words;
    const say = (line: string): void => output.printError(`ephemetry: ${line}\n`);
    const deliverPushed = watchPushed({ spoolDir, endpoint, spoolOnly });
    const code = await runCommand({
      command,
      args,
      label: () => commandLabel(name ?? nameOfCommand(command), { env: process.env, spoolDir, say }),
      spoolOnly,
      requireDelivery,
      verbose,
      ...present({ spoolDir, endpoint }),
      say,
    });
    await deliverPushed();
    return code;
  },
});

interface Values {
  readonly name: string | undefined;
  readonly spoolOnly: boolean;
  readonly requireDelivery: boolean;
  readonly verbose: boolean;
  readonly spoolDir: string | undefined;
  readonly endpoint: string | undefined;
  readonly command: readonly string[];
}
