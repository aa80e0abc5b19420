/** Reads the arguments and runs the command they name. Commands are loaded when they run: `--help` needs none of them. */
import { Command, CommanderError } from 'commander';
import { addDrain } from './arguments/drain-arguments.ts';
import type { Ended } from './arguments/ended.ts';
import { addFabImport } from './arguments/fab-import-arguments.ts';
import { addGrafana } from './arguments/grafana-arguments.ts';
import { addMetrics } from './arguments/metrics-arguments.ts';
import { addReceive } from './arguments/receive-arguments.ts';
import { addStatus } from './arguments/status-arguments.ts';
import { EXIT_CODE, type ExitCode } from './exit-code.ts';
import { MissingPackage } from './optional-package.ts';
import type { Output } from './terminal/output.ts';
import { VERSION } from './version.ts';

/**
 * Runs one command line.
 *
 * @param args without the program's name
 * @returns the exit code; the caller exits
 */
export async function runCommandLine(args: readonly string[], output: Output): Promise<ExitCode> {
  let code: ExitCode = EXIT_CODE.done;
  const program = createProgram(output, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof MissingPackage) {
      output.printError(`${error.message}\n`);
      return EXIT_CODE.failed;
    }
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_CODE.done;
    output.printError(`${describeAllowed(namedCommand(program, args), error)}\n`);
    return EXIT_CODE.usage;
  }
}

function createProgram(output: Output, ended: Ended): Command {
  const program = new Command('ephemetry')
    .description('Delivers, receives and looks at the metrics of programs that die.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.printLines(linesOf(text)),
      writeErr: (text) => {
        for (const line of linesOf(text)) output.printError(`${line}\n`);
      },
    })
    .addHelpText(
      'after',
      `
Exit codes: 0 all is well, 1 it could not do all that was asked, 2 wrong arguments, 3 (status) batches wait.
ephemetry <command> --help tells more, with examples.`,
    );
  addReceive(program, output, ended);
  addDrain(program, output, ended);
  addStatus(program, output, ended);
  addFabImport(program, output, ended);
  addMetrics(program, output, ended);
  addGrafana(program, output, ended);
  return program;
}

/** The command that the arguments name, as far as they go. */
function namedCommand(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const arg of args) command = command.commands.find((each) => each.name() === arg) ?? command;
  return command;
}

/** Commander says what was wrong; this says what is right. */
function describeAllowed(command: Command, error: CommanderError): string {
  const commands = command.commands.map((each) => each.name());
  const isAboutOption = /option|invalidArgument/i.test(error.code);
  if (!isAboutOption && commands.length > 0)
    return `allowed commands: ${commands.join(', ')}; ${fullName(command)} --help tells more`;
  const options = [...command.options.map(({ long, short }) => long ?? short), '--help'];
  return `allowed options: ${options.join(', ')}; ${fullName(command)} --help tells more`;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** Help and errors come as text of several lines. */
function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}
