import { uuid } from '@usher/contracts';
import { Argument } from 'commander';
import { as } from '../../parse-arguments.ts';

/** The endpoint that a command is about. */
export const endpointArgument = () =>
  new Argument('<endpoint>', "the endpoint's id").argParser(as(uuid));
