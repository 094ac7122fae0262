import { readFile } from 'node:fs/promises';
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
