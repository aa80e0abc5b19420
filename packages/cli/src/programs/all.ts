/** The command with every verb, each loaded when it is named. */
import { runCommandLine } from '../command-line.ts';
import { VERBS } from '../generated/verbs.ts';
import type { Program } from './program.ts';

export const program: Program = (args, output) => runCommandLine(args, VERBS, output);
