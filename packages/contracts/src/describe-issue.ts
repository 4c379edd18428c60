import type { z } from 'zod';

const articles = (type: string) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** What is wrong with a value, in words for whoever sent it: "must be …", or "is required". */
export function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? 'is required'
        : `must be ${articles(PLAINLY[issue.expected] ?? issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'unrecognized_keys':
      return `unknown field: ${issue.keys.join(', ')}`;
    case 'too_big':
      return OWN_WORDS.test(issue.message) ? issue.message : `must be at most ${issue.maximum}`;
    case 'too_small':
      return OWN_WORDS.test(issue.message) ? issue.message : `must be at least ${issue.minimum}`;
    case 'invalid_format':
      return OWN_WORDS.test(issue.message)
        ? issue.message
        : (FORMATS[issue.format] ?? 'is not valid');
    case 'invalid_union':
      return OWN_WORDS.test(issue.message)
        ? issue.message
        : 'does not have a form that is known here';
    default:
      return issue.message;
  }
}

const PLAINLY: Record<string, string> = { int: 'whole number', record: 'object' };

/** Checks of ours speak for themselves; only zod's own texts need other words. */
const OWN_WORDS = /^(must|is) /;
const FORMATS: Record<string, string> = {
  datetime: 'must be a time like 2026-03-01T09:30:00Z',
  url: 'must be a URL',
};
