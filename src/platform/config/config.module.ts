import { Global, Module } from '@nestjs/common';
import { Configuration } from './configuration.js';

@Global()
@Module({
  providers: [{ provide: Configuration, useFactory: () => Configuration.load() }],
  exports: [Configuration],
})
export class ConfigModule {}
