// @ts-check
// The real application with a route that does nothing, and its doors open or shut: HTTP_DOORS says how far.
import 'reflect-metadata';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { ClsModule } from 'nestjs-cls';
import { AppModule } from '../../dist/app.module.js';
import { configureApp } from '../../dist/configure-app.js';
import { MembershipResolver, OrganizationContextService, RequireRole } from '../../dist/tenancy/index.js';
import { serveContestant } from '../method/serve-contestant.mjs';

/** @typedef {'none' | 'context' | 'token' | 'all' | 'all and ClsModule'} Doors */
const doors = /** @type {Doors} */ (process.env['HTTP_DOORS']);

class NothingController {
  /** @param {OrganizationContextService} contexts */
  constructor(contexts) {
    this.contexts = contexts;
  }

  answer() {
    return { organizationId: this.contexts.getCurrentOrganization() };
  }
}
const answer = Object.getOwnPropertyDescriptor(NothingController.prototype, 'answer') ?? {};
Inject(OrganizationContextService)(NothingController, undefined, 0);
Get()(NothingController.prototype, 'answer', answer);
RequireRole('MEMBER')(NothingController.prototype, 'answer', answer);
Controller('nothing')(NothingController);

class NothingModule {}
Module({ controllers: [NothingController] })(NothingModule);

/** @type {import('@nestjs/platform-express').NestExpressApplication} */
let app;

serveContestant({
  open: async ({ organization }) => {
    app = await compose(organization);
    if (doors === 'none') skipFirstMiddleware(app, () => configureApp(app));
    else configureApp(app);
    await app.listen(0, '127.0.0.1');
    return Number(new URL(await app.getUrl()).port);
  },
  processorMicros: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  collectGarbage: () => globalThis.gc?.(),
});

/**
 * @param {{ id: string, slug: string, name: string }} organization the one that everybody belongs to, where memberships are not looked up
 * @returns {Promise<import('@nestjs/platform-express').NestExpressApplication>}
 */
async function compose(organization) {
  const more = doors === 'all and ClsModule' ? [NothingModule, ClsModule.forRoot()] : [NothingModule];
  const module = AppModule.for('api', /** @type {any[]} */ (more));
  const hasGuard = doors !== 'none' && doors !== 'context';
  const providers = (module.providers ?? []).filter(
    (provider) =>
      hasGuard || !('provide' in provider) || ![APP_GUARD, APP_INTERCEPTOR].includes(String(provider.provide)),
  );
  let builder = Test.createTestingModule({ imports: [{ ...module, providers }] });
  if (doors === 'token') {
    /** @param {import('../../src/tenancy/index.js').ActorClaim} claim */
    const resolve = async ({ actor }) => ({ actor, organization, role: 'MEMBER', isNamed: true });
    builder = builder.overrideProvider(MembershipResolver).useValue({ resolve });
  }
  const compiled = await builder.compile();
  return compiled.createNestApplication({ bodyParser: false });
}

/**
 * configureApp opens the context first of all; without doors it must not. The runner checks that it did not.
 * @param {import('@nestjs/platform-express').NestExpressApplication} application
 * @param {() => void} configure
 */
function skipFirstMiddleware(application, configure) {
  const { use } = application;
  application.use = () => {
    application.use = use;
    return application;
  };
  configure();
}
