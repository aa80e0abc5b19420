export { isCommandName, NAME_RULE } from './command-name.ts';
export { type RunCommandOptions, runCommand, UNDELIVERED } from './run-command.ts';
