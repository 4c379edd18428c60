import type { Command } from 'commander';
import { addJobList } from './list.ts';
import { addJobRedrive } from './redrive.ts';
import { addJobShow } from './show.ts';
import { addJobSteering } from './steer.ts';
import { addJobSubmit } from './submit.ts';
import { addJobTargets } from './targets.ts';
import { addJobWatch } from './watch.ts';

export function addJob(program: Command): void {
  const job = program.command('job').description('Jobs, through the API');
  addJobSubmit(job);
  addJobList(job);
  addJobShow(job);
  addJobWatch(job);
  addJobTargets(job);
  addJobSteering(job);
  addJobRedrive(job);
}
