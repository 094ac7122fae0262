import { argon2 } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { PasswordHasher } from './password-hasher.js';

describe(PasswordHasher.name, () => {
  const hasher = new PasswordHasher();

  it('S2-26 hashes with argon2id, differently each time, and verifies', async () => {
    const [first, second] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(first).not.toBe(second);
    await expect(hasher.verify('correct horse', first)).resolves.toBe(true);
    await expect(hasher.verify('correct house', first)).resolves.toBe(false);
  });

  it('verifies what Node’s own argon2 made, and hashes with other parameters', async () => {
    const nonce = Buffer.alloc(16, 7);
    const made = async (memory: number, passes: number) => {
      const settings = { message: 'correct horse', nonce, memory, passes, parallelism: 1, tagLength: 32 };
      const parts = [nonce, await promisify(argon2)('argon2id', settings)];
      const [salt, tag] = parts.map((bytes) => bytes.toString('base64').replaceAll('=', ''));
      return `$argon2id$v=19$m=${memory},t=${passes},p=1$${salt}$${tag}`;
    };
    for (const stored of [await made(19_456, 2), await made(8_192, 3)]) {
      await expect(hasher.verify('correct horse', stored)).resolves.toBe(true);
      await expect(hasher.verify('correct house', stored)).resolves.toBe(false);
    }
  });

  it('says no without a stored hash, also for the decoy’s own password', async () => {
    await expect(hasher.verify('anything', null)).resolves.toBe(false);
    await expect(hasher.verify('anything', 'no hash')).resolves.toBe(false);
  });

  it('P11 leaves threads to others: files are read while many passwords wait', async () => {
    let hashed = 0;
    const hashing = Array.from({ length: 20 }, async () => {
      await hasher.hash('correct horse');
      hashed += 1;
    });
    for (let number = 0; number < 5; number += 1) await readFile('package.json');
    expect(hashed).toBeLessThan(10);
    await Promise.all(hashing);
  });

  it('turns away whoever would wait too long, and serves again afterwards', async () => {
    const results = await Promise.allSettled(Array.from({ length: 120 }, () => hasher.verify('anything', null)));
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused as PromiseRejectedResult[])
      expect(reason).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await expect(hasher.verify('anything', null)).resolves.toBe(false);
  });
});
