import { buildOrganization, type BuiltOrganization } from '../support/builders.js';
import { addClientRows, type ClientRows, findClient, warmUp } from '../support/client-rows.js';
import { eventually, FaultProxy } from '../support/fault-proxy.js';
import { statementsOf } from '../support/statements.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

describe('cached client data, with something away', () => {
  let signals: FaultProxy;
  let redis: FaultProxy;
  let app: TestApp;
  let acme: BuiltOrganization;

  beforeAll(async () => {
    const { DATABASE_IDENTITY_URL: identityUrl = '', REDIS_URL: redisUrl = '' } = environmentFor();
    signals = await FaultProxy.start(identityUrl);
    redis = await FaultProxy.start(redisUrl);
    app = await TestApp.start({
      environment: { DATABASE_IDENTITY_URL: signals.url(identityUrl), REDIS_URL: redis.url(redisUrl) },
    });
    acme = await buildOrganization(app);
  });
  afterEach(async () => await Promise.all([signals.resume(), redis.resume()]));
  afterAll(async () => {
    await app.stop();
    await Promise.all([signals.stop(), redis.stop()]);
  });

  const addOne = async () => (await addClientRows(acme, 1))[0] as ClientRows;
  const nameOf = async (id: string) => (await findClient(app, acme, id)).client?.name;
  const rename = async (id: string, name: string) => {
    await askAsSuperuser('UPDATE clients SET name = $2 WHERE id = $1', [id, name]);
  };
  const countReads = async (id: string) => (await statementsOf(app, () => findClient(app, acme, id))).length;

  it.each(['refuses', 'says nothing'])('S0-19 goes on without Redis when it %s', async (way) => {
    const [kept, fresh] = [await addOne(), await addOne()];
    await warmUp(app, acme, [kept.id]);
    if (way === 'refuses') await redis.refuse();
    else redis.blackHole();
    expect(await nameOf(fresh.id)).toBe('before');
    await warmUp(app, acme, [fresh.id]);
    await rename(fresh.id, 'after');
    await eventually(async () => expect(await nameOf(fresh.id)).toBe('after'), 1_000);
    await redis.resume();
    await rename(fresh.id, 'again');
    await eventually(async () => expect(await nameOf(fresh.id)).toBe('again'), 1_000);
  });

  it('S0-20 asks the database while it cannot hear what changes, and trusts nothing from before when it can again', async () => {
    const { id } = await addOne();
    await warmUp(app, acme, [id]);
    await signals.refuse();
    await rename(id, 'unheard');
    // Whoever hears nothing for a second knows that it may have missed something.
    await eventually(async () => expect(await nameOf(id)).toBe('unheard'), 1_000);
    expect(await countReads(id)).toBe(1);
    expect(await countReads(id)).toBe(1);
    await rename(id, 'unheard again');
    await signals.resume();
    await warmUp(app, acme, [id]);
    expect(await nameOf(id)).toBe('unheard again');
  });

  it('S0-20 sees a change within a second when announcements just stop to arrive', async () => {
    const { id } = await addOne();
    await warmUp(app, acme, [id]);
    signals.blackHole();
    await rename(id, 'after');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await nameOf(id)).toBe('after');
  });
});
