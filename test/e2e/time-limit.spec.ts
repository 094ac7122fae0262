import { randomUUID } from 'node:crypto';
import { Controller, Get, Module, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { OrganizationDatabase } from '../../src/platform/database/organization-database.js';
import { TransactionService } from '../../src/platform/database/transaction.service.js';
import { workSignal } from '../../src/platform/database/work-signal.js';
import { Endpoint } from '../../src/platform/http/endpoint.decorator.js';
import { buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { eventually } from '../support/fault-proxy.js';
import { RawClient } from '../support/open-api-request.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';

/** Long enough for one write on a busy machine. */
const LIMIT_MS = 1_500;

/** Holds the work of the probe until the test lets it go on. */
let gate: { readonly opened: Promise<void>; open(): void };
/** What became of the work that was held. */
let outcomes: string[];

function close(): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = { opened: promise, open: resolve };
}

@Controller('probe')
class ProbeController {
  constructor(
    private readonly transactions: TransactionService,
    private readonly database: OrganizationDatabase,
  ) {}

  @Get('slow')
  @Endpoint({ summary: 'Waits', access: 'MEMBER' })
  async slow(): Promise<void> {
    await gate.opened;
    outcomes.push(`given up: ${workSignal()?.aborted}`);
  }

  @Post('slow')
  @Endpoint({ summary: 'Writes and waits', access: 'MEMBER', status: 201 })
  async write(): Promise<void> {
    await this.add('in time', () => gate.opened);
  }

  @Post('twice')
  @Endpoint({ summary: 'Writes, waits and writes again', access: 'MEMBER', status: 201 })
  async writeTwice(): Promise<void> {
    await this.add('first', () => Promise.resolve());
    await gate.opened;
    await this.add('second', () => Promise.resolve());
  }

  @Get('stream')
  @Endpoint({ summary: 'Begins to answer, and ends later', access: 'MEMBER' })
  async stream(@Res() response: Response): Promise<void> {
    response.status(200).type('text/plain').write('begun, ');
    await gate.opened;
    response.end('ended');
  }

  private async add(name: string, wait: () => Promise<void>): Promise<void> {
    const added = this.transactions.run(async () => {
      await this.database.business.create({ data: { id: randomUUID(), name, slug: `probe-${randomUUID()}` } });
      await wait();
    });
    await added.then(
      () => outcomes.push('committed'),
      (error: Error) => outcomes.push(error.message),
    );
    await added;
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('a request that takes too long', () => {
  let app: TestApp;
  let hasty: TestApp;
  let client: RawClient;
  let hastyClient: RawClient;
  let acme: BuiltOrganization;

  beforeAll(async () => {
    const modules = [ProbeModule];
    app = await TestApp.start({ modules });
    hasty = await TestApp.start({ modules, environment: { REQUEST_TIMEOUT_MS: String(LIMIT_MS) } });
    [client, hastyClient] = [new RawClient(app.url), new RawClient(hasty.url)];
  });
  beforeEach(async () => {
    close();
    outcomes = [];
    acme = await buildOrganization(app);
  });
  afterAll(async () => {
    for (const each of [client, hastyClient]) each.close();
    await Promise.all([app.stop(), hasty.stop()]);
  });

  const send = async (method: string, path: string, key?: string, to = hastyClient) =>
    await to.sendAs(acme.owner, {
      method,
      path: `/api/v1/probe/${path}`,
      organization: acme.id,
      ...(key !== undefined && { headers: { 'idempotency-key': key } }),
    });
  const timedOut = {
    status: 503,
    type: expect.stringContaining('application/problem+json') as string,
    body: { code: 'REQUEST_TIMED_OUT' },
    headers: { 'retry-after': expect.stringMatching(/^\d+$/) as string },
  };
  const names = async () => {
    const rows = await askAsSuperuser<{ name: string }>('SELECT name FROM businesses WHERE organization_id = $1', [
      acme.id,
    ]);
    return rows.map(({ name }) => name);
  };
  const expectOutcomes = async (...expected: unknown[]) =>
    await eventually(async () => await Promise.resolve(expect(outcomes).toEqual(expected)), 5_000);
  const givenUp: unknown = expect.stringContaining('given up');

  it('is answered by 503 with Retry-After, its work is told, and others are served meanwhile', async () => {
    const [answer, other] = await Promise.all([
      send('get', 'slow'),
      hastyClient.send({ method: 'get', path: '/api/health/live' }),
    ]);
    expect(answer).toMatchObject(timedOut);
    expect(other.status).toBe(200);
    gate.open();
    await expectOutcomes('given up: true');
  });

  it('stores nothing afterwards, and its Idempotency-Key is free again', async () => {
    const key = randomUUID();
    expect(await send('post', 'slow', key)).toMatchObject(timedOut);
    gate.open();
    await expectOutcomes(givenUp);
    expect(await names()).toEqual([]);
    expect((await send('post', 'slow', key, client)).status).toBe(201);
    expect(await names()).toEqual(['in time']);
    expect(await send('post', 'slow', key, client)).toMatchObject({
      status: 201,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(await names()).toEqual(['in time']);
  });

  it('is rolled back without a key as well', async () => {
    expect(await send('post', 'slow')).toMatchObject(timedOut);
    gate.open();
    await expectOutcomes(givenUp);
    expect(await names()).toEqual([]);
  });

  it('is not carried out again under its key if a part of it was stored in time', async () => {
    const key = randomUUID();
    expect(await send('post', 'twice', key)).toMatchObject(timedOut);
    gate.open();
    await expectOutcomes('committed', givenUp);
    expect(await send('post', 'twice', key, client)).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_ANSWER_LOST' },
    });
    expect(await names()).toEqual(['first']);
  });

  it('is left alone once its answer has begun', async () => {
    const answer = send('get', 'stream');
    // Longer than the limit; what is proved is that nothing happens, so there is nothing to wait for.
    await new Promise((resolve) => setTimeout(resolve, LIMIT_MS + 500));
    gate.open();
    expect(await answer).toMatchObject({ status: 200, text: 'begun, ended' });
  });
});
