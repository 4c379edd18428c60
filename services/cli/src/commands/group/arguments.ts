import { uuid } from '@usher/contracts';
import { Argument } from 'commander';
import { as } from '../../parse-arguments.ts';

/** The group that a command is about. */
export const groupArgument = () => new Argument('<group>', "the group's id").argParser(as(uuid));
