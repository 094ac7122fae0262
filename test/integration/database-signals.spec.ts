import { DatabaseSignals } from '../../src/platform/database/database-signals.js';
import { eventually, FaultProxy } from '../support/fault-proxy.js';
import { askAsSuperuser } from '../support/superuser.js';
import { TestApp } from '../support/test-app.js';
import { environmentFor } from '../support/test-environment.js';

describe(DatabaseSignals.name, () => {
  let proxy: FaultProxy;
  let app: TestApp;
  let signals: DatabaseSignals;
  const heard: string[] = [];
  const turns: string[] = [];

  beforeAll(async () => {
    const url = environmentFor()['DATABASE_IDENTITY_URL'] as string;
    proxy = await FaultProxy.start(url);
    app = await TestApp.start({ environment: { DATABASE_IDENTITY_URL: proxy.url(url) } });
    signals = app.get(DatabaseSignals);
    signals.hear('test_signal', {
      onSignal: (payload) => heard.push(payload),
      onDeaf: () => turns.push('deaf'),
      onHearing: () => turns.push('hearing'),
    });
    await eventually(async () => expect(signals.isHearing).toBe(true));
  });
  afterAll(async () => {
    await app.stop();
    await proxy.stop();
  });

  it('hears what a committed transaction announced, and nothing of one that was rolled back', async () => {
    await askAsSuperuser(`DO $$ BEGIN PERFORM pg_notify('test_signal', 'lost'); RAISE 'no'; END $$`).catch(() => []);
    await askAsSuperuser(`SELECT pg_notify('test_signal', 'kept')`);
    await eventually(async () => expect(heard).toEqual(['kept']));
  });

  it('says that it is deaf while the connection is away, and hears again afterwards', async () => {
    turns.length = 0;
    await proxy.refuse();
    await eventually(async () => expect(turns).toContain('deaf'));
    expect(signals.isHearing).toBe(false);
    await proxy.resume();
    await eventually(async () => expect(turns).toEqual(['deaf', 'hearing']));
    heard.length = 0;
    await askAsSuperuser(`SELECT pg_notify('test_signal', 'again')`);
    await eventually(async () => expect(heard).toEqual(['again']));
  });

  it('takes a connection on which nothing arrives for dead', async () => {
    turns.length = 0;
    proxy.blackHole();
    await eventually(async () => expect(turns).toContain('deaf'), 5_000);
    await proxy.resume();
    await eventually(async () => expect(signals.isHearing).toBe(true), 5_000);
  });
});
