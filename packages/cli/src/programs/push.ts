/** `ephemetry push …` alone: scripts start it many times. */
import { runCommandLine } from '../command-line.ts';
import { verb as push } from '../verbs/push.ts';
import { verb as counter } from '../verbs/push-counter.ts';
import { verb as gauge } from '../verbs/push-gauge.ts';
import { verb as histogram } from '../verbs/push-histogram.ts';
import { listed, type Program } from './program.ts';

const VERBS = [push, counter, gauge, histogram].map(listed);

export const program: Program = (args, output) => runCommandLine(args, VERBS, output);
