import { randomUUID } from 'node:crypto';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

describe('system users', () => {
  it('C7 S4-15 are one for each product, and nobody logs in as them', async () => {
    const rows = await askAsSuperuser<{ product: string; email: string; hash: string | null }>(
      `SELECT product, email, password_hash AS hash FROM users WHERE platform_role = 'SYSTEM' ORDER BY product`,
    );
    expect(rows.map(({ product, hash }) => ({ product, hash }))).toEqual([
      { product: 'bestays', hash: null },
      { product: 'realestate', hash: null },
    ]);
    const app = await TestApp.start();
    try {
      const login = { email: rows[0]?.email, password: randomUUID() };
      await app.http().post('/api/v1/auth/login').send(login).expect(401);
    } finally {
      await app.stop();
    }
  });
});
