import type { Command } from 'commander';
import { addGroupCreate } from './create.ts';
import { addGroupList } from './list.ts';
import { addGroupShow } from './show.ts';
import { addGroupUpdate } from './update.ts';

export function addGroup(program: Command): void {
  const group = program.command('group').description('Groups, through the API');
  addGroupList(group);
  addGroupShow(group);
  addGroupCreate(group);
  addGroupUpdate(group);
}
