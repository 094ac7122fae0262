import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientCredentialService } from '../../src/features/client-data/client-credential.service.js';
import { ClientDataService } from '../../src/features/client-data/client-data.service.js';
import { CredentialService } from '../../src/features/credentials/credential.service.js';
import { buildOrganization, type BuiltOrganization } from './builders.js';
import { runAs } from './contexts.js';
import { seededRandom } from './random.js';
import { askAsSuperuser } from './superuser.js';
import type { TestApp } from './test-app.js';
import { environmentFor } from './test-environment.js';

interface Secret {
  readonly organization: BuiltOrganization;
  readonly clientId: string;
  /** What was stored last; while it is stored anew, both. */
  markers: readonly string[];
}

/** Secrets of several organizations that are rotated by a process that is killed, while others read and store them. */
export class RotationTrial {
  readonly problems: string[] = [];
  reads = 0;
  stores = 0;
  private isOver = false;

  private constructor(
    private readonly app: TestApp,
    readonly organizations: readonly BuiltOrganization[],
    private readonly secrets: readonly Secret[],
    private readonly random: () => number,
  ) {}

  static async build(app: TestApp, organizations: number, secretsEach: number, seed: number): Promise<RotationTrial> {
    const owners: BuiltOrganization[] = [];
    const secrets: Secret[] = [];
    for (let index = 0; index < organizations; index += 1) {
      const organization = await buildOrganization(app);
      owners.push(organization);
      for (let done = 0; done < secretsEach; done += 1) {
        secrets.push({ organization, clientId: randomUUID(), markers: [randomUUID()] });
      }
      await plant(app, organization, secrets.slice(-secretsEach));
    }
    return new RotationTrial(app, owners, secrets, seededRandom(seed));
  }

  /**
   * Rotates until a run comes to its end. So many runs before it are killed, each at a random moment of its work.
   * @returns how many were killed before they were done
   */
  async rotate(kills: number, longestMs: number): Promise<number> {
    const before = new Date().toISOString();
    const parameters = ['credentials:rotate', '--all-organizations', '--before', before];
    const others = [this.keepReading(), this.keepReading(), this.keepStoring()];
    let killed = 0;
    try {
      for (let run = 0; run < kills; run += 1) {
        const child = spawnCommand(parameters);
        // It says so when it begins with its work.
        await Promise.race([once(child.stderr as NodeJS.ReadableStream, 'data'), once(child, 'exit')]);
        await sleep(this.random() * longestMs);
        if (child.exitCode === null) killed += 1;
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }
      const last = spawnCommand(parameters);
      const [code] = (await once(last, 'exit')) as [number | null];
      if (code !== 0) this.problems.push(`The last run ended with code ${code}.`);
    } finally {
      this.isOver = true;
      await Promise.all(others);
    }
    return killed;
  }

  /** Opens every secret once, and returns those that are not what was stored last. */
  async listLost(): Promise<Secret[]> {
    const lost: Secret[] = [];
    for (const secret of this.secrets) if (!secret.markers.includes(await this.read(secret))) lost.push(secret);
    return lost;
  }

  private async keepReading(): Promise<void> {
    while (!this.isOver) {
      const secret = this.pick();
      const before = secret.markers;
      const found = await this.attempt(() => this.read(secret));
      this.reads += 1;
      const isKnown = found === undefined || [...before, ...secret.markers].includes(found);
      if (!isKnown) this.problems.push(`${secret.clientId} gave ${found}`);
    }
  }

  private async keepStoring(): Promise<void> {
    const credentials = this.app.get(ClientCredentialService);
    while (!this.isOver) {
      const secret = this.pick();
      const marker = randomUUID();
      const input = { secrets: { marker } } as unknown as Parameters<ClientCredentialService['put']>[2];
      secret.markers = [...secret.markers, marker];
      const work = () => credentials.put(secret.clientId, 'google-analytics', input);
      const stored = await this.attempt(() => runAs(this.app, secret.organization, work));
      if (stored) secret.markers = [marker];
      this.stores += 1;
      await sleep(5);
    }
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.problems.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      return undefined;
    }
  }

  private async read({ organization, clientId }: Secret): Promise<string> {
    const data = await runAs(this.app, organization, () => this.app.get(ClientDataService).getClientData(clientId));
    return String(data.googleAnalytics.requireSecrets()['marker']);
  }

  private pick(): Secret {
    return this.secrets[Math.floor(this.random() * this.secrets.length)] as Secret;
  }
}

/** Stored by one statement: one by one, ten thousand would take minutes. */
async function plant(app: TestApp, organization: BuiltOrganization, secrets: readonly Secret[]): Promise<void> {
  const rows: object[] = [];
  await runAs(app, organization, async () => {
    for (const {
      clientId,
      markers: [marker],
    } of secrets) {
      const id = randomUUID();
      const place = { table: 'client_credentials', column: 'envelope', rowId: id };
      rows.push({ id, client_id: clientId, envelope: await app.get(CredentialService).seal({ marker }, place) });
    }
  });
  await askAsSuperuser(
    `WITH planted AS (SELECT * FROM json_populate_recordset(NULL::client_credentials, $2)),
          owners AS (INSERT INTO clients (id, organization_id, product, name)
                     SELECT client_id, $1, 'bestays', 'Planted' FROM planted RETURNING 1)
     INSERT INTO client_credentials (id, organization_id, product, client_id, provider, envelope)
     SELECT id, $1, 'bestays', client_id, 'GOOGLE_ANALYTICS', envelope FROM planted`,
    [organization.id, JSON.stringify(rows)],
  );
}

function spawnCommand(parameters: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['dist/cli.js', ...parameters], {
    env: { ...environmentFor(), NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
