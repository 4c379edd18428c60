import type { Group } from '@usher/sdk';
import { printFields, printLine, printTable } from '../print.ts';
import { describeTime } from './describe-time.ts';

/** One group, for a person. */
export function printGroup(group: Omit<Group, 'websites'>): void {
  printFields([
    ['group', group.id],
    ['name', group.name],
    ['external id', group.externalId ?? null],
    ['billing', group.billingEnabled ? 'on' : 'off'],
    ['created', describeTime(group.createdAt)],
  ]);
}

/** The same, with its websites. */
export function printGroupWithWebsites(group: Group): void {
  printGroup(group);
  if (group.websites.length === 0) return printLine('  No websites.');
  printLine();
  printTable(
    ['website', 'address', 'name'],
    group.websites.map(({ id, websiteUrl, websiteName }) => [id, websiteUrl, websiteName]),
  );
}
