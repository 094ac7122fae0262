// @ts-check
// The real application with its sockets on a port of its own.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../dist/app.module.js';
import { configureApp } from '../../dist/configure-app.js';
import { UpdatePublisher } from '../../dist/platform/sockets/update-publisher.js';
import { ANONYMOUS, createContext, OrganizationContextService } from '../../dist/tenancy/index.js';
import { PRODUCT } from '../data/dataset.mjs';
import { serveContestant } from '../method/serve-contestant.mjs';
import { socketServerActions, toUpdate } from './socket-server.mjs';

const FACTS = /** @type {const} */ ({ product: PRODUCT, actor: ANONYMOUS, role: null, entryPoint: 'job' });

/** @type {import('@nestjs/platform-express').NestExpressApplication} */
let app;

serveContestant({
  open: async () => {
    app = await NestFactory.create(AppModule.for('api'), { bodyParser: false, logger: ['error', 'warn'] });
    configureApp(app);
    await app.listen(0, '127.0.0.1');
    return Number(new URL(await app.getUrl()).port);
  },
  ...socketServerActions(async (organizationId) => {
    const context = createContext({ ...FACTS, organizationId, requestId: randomUUID() });
    await app
      .get(OrganizationContextService)
      .run(context, () => app.get(UpdatePublisher).publish(toUpdate(organizationId)));
  }),
});
