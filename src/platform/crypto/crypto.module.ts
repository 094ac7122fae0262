import { Global, Module } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { DatabaseEntryCheck } from './database-entry.check.js';
import { EnvelopeCipher } from './envelope-cipher.js';
import { LeakedPasswords } from './leaked-passwords.js';
import { LocalRootKeys } from './local-root-keys.js';
import { OpenKeys } from './open-keys.js';
import { PasswordHasher } from './password-hasher.js';
import { RootKeyCheck } from './root-key.check.js';
import { RootKeyRepository } from './root-key.repository.js';
import { RootKeys } from './root-keys.js';

@Global()
@Module({
  providers: [
    DatabaseEntryCheck,
    LeakedPasswords,
    OpenKeys,
    PasswordHasher,
    RootKeyCheck,
    RootKeyRepository,
    {
      provide: RootKeys,
      inject: [Configuration],
      useFactory: ({ rootKeys }: Configuration) => new LocalRootKeys(rootKeys),
    },
    {
      provide: EnvelopeCipher,
      inject: [Configuration],
      useFactory: ({ rootKeys }: Configuration) => new EnvelopeCipher(rootKeys),
    },
  ],
  exports: [DatabaseEntryCheck, EnvelopeCipher, LeakedPasswords, OpenKeys, PasswordHasher, RootKeys],
})
export class CryptoModule {}
