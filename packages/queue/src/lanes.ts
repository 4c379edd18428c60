/**
 * A lane is one queue. *interactive* carries the first messages of small jobs, so that they never
 * stand behind somebody's ten thousand targets.
 */
export const LANES = ['interactive', 'bulk', 'billing', 'email', 'webhook'] as const;
export type Lane = (typeof LANES)[number];
