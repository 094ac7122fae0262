import pg from 'pg';
import { environmentFor } from './test-environment.js';

/** The jest worker's database, past every wall. */
export function superuserUrl(): string {
  const url = new URL(process.env['TEST_ADMIN_DATABASE_URL'] as string);
  url.pathname = new URL(environmentFor()['DATABASE_URL'] as string).pathname;
  return url.href;
}

/** Asks the jest worker's database past every wall, to see what is really stored. */
export async function askAsSuperuser<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: superuserUrl() });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}
