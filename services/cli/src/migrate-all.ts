/** Bring the database's schema and the queue's up to date. @returns the migrations applied. */
export async function migrateAll(databaseUrl: string, queueUrl: string): Promise<string[]> {
  const [{ migrate }, { migrateQueue }] = await Promise.all([
    import('@usher/db'),
    import('@usher/queue'),
  ]);
  const applied = await migrate(databaseUrl);
  await migrateQueue(queueUrl);
  return applied;
}
