import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { configureApp } from './configure-app.js';
import { Configuration } from './platform/config/configuration.js';
import { exitWhenOrphaned, start } from './start.js';

await start('api', async () => {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.for('api'), {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  configureApp(app);
  exitWhenOrphaned(() => app.close());
  await app.listen(app.get(Configuration).get('PORT'));
});
