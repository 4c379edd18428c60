#!/usr/bin/env node
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, process.argv.slice(2));
}
