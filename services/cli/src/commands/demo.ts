import type { Command } from 'commander';
import { addExamples } from '../examples.ts';
import { stopSignal } from '../stack/stop-signal.ts';

export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description(
      'show bulk invites, billing and a webhook for real, on a stack of its own that is gone afterwards',
    )
    .addHelpText(
      'after',
      '\nNo variable of the environment counts: it never touches data of yours,\nand asks no billing provider but a stand-in that it starts itself.',
    )
    .action(async () => {
      const stop = stopSignal();
      try {
        const { demonstrate } = await import('../demo/demonstrate.ts');
        await demonstrate(stop.signal);
      } finally {
        stop.release();
      }
    });
  addExamples(command, ['demo']);
}
