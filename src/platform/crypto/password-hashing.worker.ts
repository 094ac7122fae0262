import { hashSync, verifySync } from '@node-rs/argon2';

// OWASP's minimum for argon2id (19 MiB, 2 passes, 1 lane), cheatsheetseries.owasp.org/cheatsheets/Password_Storage, 2026-11-21.
// argon2id is the library's own choice; its enumeration exists in its types only.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const;

/** Makes a PHC string. */
export function hash(password: string | Uint8Array): string {
  return hashSync(password, PARAMETERS);
}

export function verify({ stored, password }: { readonly stored: string; readonly password: string }): boolean {
  return verifySync(stored, password);
}
