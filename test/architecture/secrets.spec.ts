import { readFileSync } from 'node:fs';
import { modelMap } from '../../src/generated/model-map.js';
import { SEALED_COLUMNS } from '../../src/features/credentials/sealed-columns.js';
import { joinScopes, scopePolicy } from '../../src/tenancy/index.js';
import { filesUnder } from './project-files.js';

const sources = filesUnder('src', '.ts').filter((path) => !path.endsWith('.spec.ts'));
const importersOf = (names: RegExp) =>
  sources.filter((path) =>
    [...readFileSync(path, 'utf8').matchAll(/^import (?!type\b)([^;]*?) from '([^']+)';$/gms)].some(
      ([, imported = '', from = '']) => from.includes('crypto/') && names.test(imported),
    ),
  );

describe('secrets', () => {
  it('S0-25 are decrypted by CredentialService, and by nothing else that organizations own', () => {
    expect(importersOf(/\bopenEnvelope\b/)).toEqual(['src/features/credentials/credential.service.ts']);
    expect(importersOf(/\bEnvelopeCipher\b/).filter((path) => !path.startsWith('src/platform/crypto/'))).toEqual([
      'src/features/credentials/credential.service.ts',
      // Asked only for the key of an organization's first fingerprints.
      'src/features/credentials/data-key.service.ts',
      // Answers are kept for a day, some belong to no organization, and each is bound to its caller.
      'src/platform/idempotency/idempotency.service.ts',
    ]);
    const wayAround = sources.filter(
      (path) => /\bcreateDecipheriv\b/.test(readFileSync(path, 'utf8')) && path !== 'src/platform/crypto/aes-gcm.ts',
    );
    expect(wayAround).toEqual([]);
    // Inside its own folder the names come without the folder's.
    const inside = sources.filter((path) => path.startsWith('src/platform/crypto/'));
    const opening = inside.filter((path) => /\b(openEnvelope|decrypt)\(/.test(readFileSync(path, 'utf8')));
    expect(opening).toEqual([
      'src/platform/crypto/aes-gcm.ts',
      'src/platform/crypto/envelope-cipher.ts',
      'src/platform/crypto/envelope.ts',
      'src/platform/crypto/local-root-keys.ts',
    ]);
  });

  it('stand in columns that a rotation knows', () => {
    const models = [...joinScopes(modelMap, scopePolicy).values()];
    const sealed = models
      .filter(({ scope }) => scope.scope === 'ORGANIZATION')
      .flatMap(({ table, columns }) =>
        Object.values(columns)
          .filter((column) => /envelope$/.test(column))
          .map((column) => `${table}.${column}`),
      );
    expect(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(sealed.sort());
    const keys = models.flatMap(({ table, columns }) =>
      SEALED_COLUMNS.filter((known) => known.table === table).map(({ rowId }) =>
        Object.values(columns).includes(rowId),
      ),
    );
    expect(keys).toEqual(SEALED_COLUMNS.map(() => true));
    const others = models.filter(({ columns }) => Object.values(columns).some((column) => /envelope$/.test(column)));
    // Beside organizations' own: envelopes under the root key, gone after a day.
    expect(others.filter(({ scope }) => scope.scope !== 'ORGANIZATION').map(({ name }) => name)).toEqual([
      'IdempotencyKey',
    ]);
  });
});
