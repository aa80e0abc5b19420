#!/usr/bin/env node
/**
 * What runs when somebody types `ephemetry`. Commands return their exit code and this alone hands it to the process,
 * which ends when nothing is left to do: output on its way into a pipe is not cut off.
 */
import type { Program } from './programs/program.ts';
import { createOutput } from './terminal/output.ts';

const args = process.argv.slice(2);
const output = createOutput(process, process.env);
try {
  const { program } = await load(args[0]);
  process.exitCode = await program(args, output);
} catch (error) {
  // A bug: shown as one, but what it quotes may come from anywhere.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  for (const line of stack.split('\n')) output.printError(`${line}\n`);
  process.exitCode = 1;
}

/** The verbs that are started most often come with no other. */
function load(word: string | undefined): Promise<{ readonly program: Program }> {
  if (word === 'push') return import('./programs/push.ts');
  return word === 'run' ? import('./programs/run.ts') : import('./programs/all.ts');
}
