#!/usr/bin/env node
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

// Whoever reads our output may have seen enough of it: `usher job targets … | head` is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, process.argv.slice(2));
}
