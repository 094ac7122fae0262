import { Global, Module } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { EnvelopeCipher } from './envelope.js';
import { PasswordHasher } from './password-hasher.js';

@Global()
@Module({
  providers: [
    PasswordHasher,
    {
      provide: EnvelopeCipher,
      inject: [Configuration],
      useFactory: (configuration: Configuration) =>
        new EnvelopeCipher([configuration.get('ENCRYPTION_KEY'), ...configuration.get('ENCRYPTION_PREVIOUS_KEYS')]),
    },
  ],
  exports: [EnvelopeCipher, PasswordHasher],
})
export class CryptoModule {}
