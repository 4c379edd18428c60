import { uuid } from '@usher/contracts';
import { Argument } from 'commander';
import { as } from '../../parse-arguments.ts';

/** The delivery that a command is about. */
export const deliveryArgument = () =>
  new Argument('<delivery>', "the delivery's id").argParser(as(uuid));
