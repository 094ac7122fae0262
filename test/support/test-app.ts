import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import type { Redis } from 'ioredis';
import request from 'supertest';
import { AppModule } from '../../src/app.module.js';
import { configureApp } from '../../src/configure-app.js';
import { Configuration } from '../../src/platform/config/configuration.js';
import { DatabasePools } from '../../src/platform/database/database-pools.js';
import { DatabaseSignals } from '../../src/platform/database/database-signals.js';
import { REDIS } from '../../src/platform/redis/redis.module.js';
import { UpdateStream } from '../../src/platform/sockets/update-stream.js';
import { environmentFor } from './test-environment.js';

export interface TestAppOptions {
  /** Variables besides those of the test environment. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Modules besides those of the application, for routes that only a test has. */
  readonly modules?: Type[];
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
}

/** The real application, composed as main.ts does, on a free port with real PostgreSQL and Redis. */
export class TestApp {
  private constructor(
    readonly nest: NestExpressApplication,
    readonly url: string,
  ) {}

  static async start(options: TestAppOptions = {}): Promise<TestApp> {
    const { environment = {}, modules = [], override = (builder) => builder } = options;
    const configuration = Configuration.load({ ...environmentFor(), PORT: '0', ...environment });
    const builder = Test.createTestingModule({ imports: [AppModule.for('api', modules)] });
    const module = await override(builder.overrideProvider(Configuration).useValue(configuration)).compile();
    const nest = module.createNestApplication<NestExpressApplication>({ bodyParser: false });
    try {
      configureApp(nest);
      await nest.listen(0, '127.0.0.1');
      return new TestApp(nest, await nest.getUrl());
    } catch (error) {
      // Nest closes nothing of an application that refused to start, and open connections keep jest from ending.
      nest.get<Redis>(REDIS).disconnect();
      nest.get(UpdateStream).onApplicationShutdown();
      await nest.get(DatabaseSignals).onApplicationShutdown();
      await nest.get(DatabasePools).onApplicationShutdown();
      throw error;
    }
  }

  /** Starts a request; `as` adds the token, `organization` the header. */
  http(as?: { readonly accessToken: string }, organization?: string) {
    const agent = request.agent(this.url);
    if (as) agent.set('Authorization', `Bearer ${as.accessToken}`);
    if (organization !== undefined) agent.set('X-Organization-Id', organization);
    return agent;
  }

  get<T>(token: abstract new (...parameters: never[]) => T): T {
    return this.nest.get<T>(token);
  }

  async stop(): Promise<void> {
    await this.nest.close();
  }
}
