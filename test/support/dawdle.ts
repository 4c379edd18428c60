/**
 * Statements that make each membership and each invite of a website take 4 ms to insert, so that jobs of
 * many targets are under way for a while, and there is something to steer.
 */
export const DAWDLE: readonly string[] = [
  `create function dawdle() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.004); return new; end $$`,
  ...['website_members', 'invites'].map(
    (table) =>
      `create trigger dawdle before insert on ${table} for each row execute function dawdle()`,
  ),
];
