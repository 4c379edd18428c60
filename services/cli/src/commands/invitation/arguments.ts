import { uuid } from '@usher/contracts';
import { Argument } from 'commander';
import { as } from '../../parse-arguments.ts';

/** The invitation that a command is about. */
export const invitationArgument = () =>
  new Argument('<invitation>', "the invitation's id").argParser(as(uuid));
