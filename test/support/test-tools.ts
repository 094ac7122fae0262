import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { declareTool, type InputsOf, ProvidesTool } from '../../src/platform/tools/tool-declaration.js';
import { Tool, type ToolRun } from '../../src/platform/tools/tool.js';
import { OrganizationContextService } from '../../src/tenancy/index.js';

const inputs = {};
const WITNESS = declareTool({
  ...{ name: 'test-witness', description: 'Shows its context.', access: 'MEMBER', keyScope: 'businesses:read' },
  inputs: { note: z.string().max(10).optional(), ids: z.array(z.uuid()).max(2).optional() },
});
const ADMIN = declareTool({
  name: 'test-admin',
  description: 'For few.',
  access: 'ADMIN',
  keyScope: 'tools:write',
  inputs,
});
const FEATURED = declareTool({
  ...{ name: 'test-featured', description: 'For who has it.', access: 'MEMBER', keyScope: 'tools:write', inputs },
  feature: 'test_tools',
});
const SLOW = declareTool({
  ...{ name: 'test-slow', description: 'Ends never.', access: 'MEMBER', keyScope: 'tools:write', inputs },
  timeoutSeconds: 0.2,
});
const LARGE = declareTool({
  ...{ name: 'test-large', description: 'Finds much.', access: 'MEMBER', keyScope: 'tools:write' },
  inputs: { bytes: z.int().min(1).max(1_000_000) },
});
const LEAKY = declareTool({
  name: 'test-leaky',
  description: 'Leaks.',
  access: 'MEMBER',
  keyScope: 'tools:write',
  inputs,
});
const BROKEN = declareTool({
  name: 'test-broken',
  description: 'Breaks.',
  access: 'MEMBER',
  keyScope: 'tools:write',
  inputs,
});

@ProvidesTool(WITNESS)
@Injectable()
export class WitnessTool extends Tool<InputsOf<typeof WITNESS>> {
  constructor(
    private readonly contexts: OrganizationContextService,
    @Inject(OrganizationDatabase) private readonly database: Pick<OrganizationDatabase, 'business'>,
  ) {
    super();
  }

  async run(): Promise<object> {
    const { organizationId, actor, role, entryPoint } = this.contexts.requireOrganization();
    await delay(5);
    const names = (await this.database.business.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name);
    return { organizationId, actorId: actor.id, role, entryPoint, names };
  }
}

@ProvidesTool(ADMIN)
@Injectable()
export class AdminTool extends Tool {
  async run(): Promise<object> {
    return { done: true };
  }
}

@ProvidesTool(FEATURED)
@Injectable()
export class FeaturedTool extends Tool {
  async run(): Promise<object> {
    return { done: true };
  }
}

@ProvidesTool(SLOW)
@Injectable()
export class SlowTool extends Tool {
  /** What its signals were aborted with. */
  readonly reasons: unknown[] = [];
  starts = 0;

  async run(_inputs: object, { signal }: ToolRun): Promise<object> {
    this.starts += 1;
    signal.addEventListener('abort', () => this.reasons.push(signal.reason), { once: true });
    return await new Promise(() => undefined);
  }
}

@ProvidesTool(LARGE)
@Injectable()
export class LargeTool extends Tool<InputsOf<typeof LARGE>> {
  async run({ bytes }: InputsOf<typeof LARGE>): Promise<object> {
    return { text: 'x'.repeat(bytes) };
  }
}

@ProvidesTool(LEAKY)
@Injectable()
export class LeakyTool extends Tool {
  async run(): Promise<object> {
    return { nested: { password: 'hunter2-of-a-tool' }, kept: 'kept' };
  }
}

@ProvidesTool(BROKEN)
@Injectable()
export class BrokenTool extends Tool {
  async run(): Promise<object> {
    throw new Error('secret inner workings of a tool');
  }
}

/** Tools that only tests have. */
@Module({ providers: [WitnessTool, AdminTool, FeaturedTool, SlowTool, LargeTool, LeakyTool, BrokenTool] })
export class TestToolsModule {}
