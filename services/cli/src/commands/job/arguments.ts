import { uuid } from '@usher/contracts';
import { Argument, Option } from 'commander';
import { as, count } from '../../parse-arguments.ts';

/** The job that a command is about. */
export const jobArgument = () => new Argument('<job>', "the job's id").argParser(as(uuid));

const LONGEST_S = 86_400;

/** Seconds to wait for a job's end; `true`: as long as it takes; undefined: not at all. */
export type Wait = number | true | undefined;

/** `--wait`, or `--wait 30`. */
export const waitOption = () =>
  new Option('--wait [seconds]', 'wait for its end, for so long or as long as it takes').argParser(
    count(LONGEST_S),
  );
