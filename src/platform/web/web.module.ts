import { Module } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { WebClient } from './web-client.js';

@Module({
  providers: [
    {
      provide: WebClient,
      inject: [Configuration],
      useFactory: (configuration: Configuration) =>
        new WebClient({ allowedHosts: configuration.get('WEB_ALLOWED_HOSTS'), contact: configuration.get('APP_URL') }),
    },
  ],
  exports: [WebClient],
})
export class WebModule {}
