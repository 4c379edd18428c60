import { uuid } from '@usher/contracts';
import { InvalidArgumentError } from 'commander';

interface Schema<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: Array<{ message: string }> } };
}

/** A parser for commander: the value as the schema reads it, or wrong usage saying what it must be. */
export function as<T>(schema: Schema<T>): (value: string) => T {
  return (value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message ?? 'is not valid'}`);
  };
}

/** For an option that may be repeated, or take several values: ids, in the order given. */
export function collectIds(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), as(uuid)(value)];
}

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;
const zoned = (value: string) =>
  /T.*(Z|[+-]\d\d:\d\d)$/.test(value) || !value.includes('T') ? value : `${value}Z`;

/** A point in time still ahead: ISO 8601, in UTC where no offset is written. */
export function futureTime(value: string): Date {
  const time = new Date(pointInTime(value));
  if (time.getTime() <= Date.now()) throw new InvalidArgumentError('It must be in the future');
  return time;
}

/** A point in time as the API takes it: ISO 8601, in UTC where no offset is written. */
export function pointInTime(value: string): string {
  if (!ISO.test(value) || Number.isNaN(Date.parse(value))) {
    throw new InvalidArgumentError('It must be a time like 2030-12-31T23:59:59Z');
  }
  return new Date(zoned(value)).toISOString();
}

/** What goes into a header as it stands. */
export function headerText(value: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(value)) return value;
  throw new InvalidArgumentError('It must be 1 to 255 letters, digits and signs of ASCII');
}

export function count(max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= 1 && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}`);
  };
}
