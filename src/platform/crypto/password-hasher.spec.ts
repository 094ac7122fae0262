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
});
