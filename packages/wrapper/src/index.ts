export { isCommandName, NAME_RULE, nameOfCommand } from './command-name.ts';
export { type RunCommandOptions, runCommand, UNDELIVERED } from './run-command.ts';
