/** `ephemetry run` alone: it stands in front of every command. */
import { runCommandLine } from '../command-line.ts';
import { verb as run } from '../verbs/run.ts';
import { listed, type Program } from './program.ts';

const VERBS = [listed(run)];

export const program: Program = (args, output) => runCommandLine(args, VERBS, output);
