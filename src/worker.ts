import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { ClerkEventWorker } from './features/clerk/clerk-event.worker.js';
import { RetentionWorker } from './features/retention/retention.worker.js';
import { Configuration } from './platform/config/configuration.js';
import { NestLogger } from './platform/logging/nest-logger.js';
import { JobWorker } from './platform/queue/job-worker.js';
import { exitWhenOrphaned, start } from './start.js';

await start('worker', async () => {
  const app = await NestFactory.createApplicationContext(AppModule.for('worker'), {
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(NestLogger));
  app.enableShutdownHooks();
  exitWhenOrphaned(() => app.close());
  app.get(JobWorker).start();
  app.get(ClerkEventWorker).start();
  if (app.get(Configuration).hasDailyJobs) app.get(RetentionWorker).start();
});
