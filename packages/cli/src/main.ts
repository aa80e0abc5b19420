#!/usr/bin/env node
/** The `ephemetry` command: the only place that exits. */
import { runCommandLine } from './command-line.ts';
import { createOutput } from './terminal/output.ts';

const output = createOutput(process.stdout, process.stderr, process.env);
process.exitCode = await runCommandLine(process.argv.slice(2), output);
