import 'reflect-metadata';
import { CommandFactory } from 'nest-commander';
import { AppModule } from './app.module.js';
import { CliModule } from './cli.module.js';
import { exitWithCode, failWithCode } from './platform/cli/exit-code.js';
import { start } from './start.js';

await start('cli', async () => {
  const app = await CommandFactory.createWithoutRunning(AppModule.for('cli', [CliModule]), {
    logger: false,
    cliName: 'bulkhead',
    abortOnError: false,
    errorHandler: exitWithCode,
    serviceErrorHandler: failWithCode,
  });
  await CommandFactory.runApplication(app);
  await app.close();
  process.exit();
});
