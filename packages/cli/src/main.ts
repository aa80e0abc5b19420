#!/usr/bin/env node
/**
 * What runs when somebody types `ephemetry`. Commands return their exit code and this alone hands it to the process,
 * which ends when nothing is left to do: output on its way into a pipe is not cut off.
 */
import { runCommandLine } from './command-line.ts';
import { createOutput } from './terminal/output.ts';

const output = createOutput(process.stdout, process.stderr, process.env);
try {
  process.exitCode = await runCommandLine(process.argv.slice(2), output);
} catch (error) {
  // A bug: shown as one, but what it quotes may come from anywhere.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  for (const line of stack.split('\n')) output.printError(`${line}\n`);
  process.exitCode = 1;
}
