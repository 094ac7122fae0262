import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { v7 as uuidv7 } from 'uuid';
import type { LoginAnswer } from '../../src/features/auth/auth.dto.js';
import { Configuration } from '../../src/platform/config/configuration.js';
import { digestOf, JobStamper, type StampedJob } from '../../src/tenancy/index.js';
import { ApiProcess } from './api-process.js';
import { PASSWORD } from './builders.js';
import { clerkEnvironment, newSecret, sign } from './clerk.js';
import { askAsSuperuser } from './superuser.js';
import { environmentFor } from './test-environment.js';
import { CONTEXT } from './test-jobs.js';
import { WorkerProcess } from './worker-process.js';

type Answer = Readonly<Record<string, string>>;

/** One product as it is deployed: the compiled API and a worker, on the database and the Redis of all. */
export class Deployment {
  readonly secret = newSecret();
  /** Stands in every text that is written here. */
  readonly marker: string;
  private api: ApiProcess | undefined;
  private worker: WorkerProcess | undefined;

  constructor(readonly product: string) {
    this.marker = `${product}-${randomUUID()}`;
  }

  async start(): Promise<void> {
    const environment = { PRODUCT: this.product, ...clerkEnvironment(this.secret) };
    [this.api, this.worker] = await Promise.all([ApiProcess.start(environment), WorkerProcess.start(environment)]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.api?.stop(), this.worker?.stop()]);
  }

  get url(): string {
    if (!this.api) throw new Error('It was not started.');
    return this.api.url;
  }

  http(accessToken?: string) {
    const agent = request.agent(this.url);
    if (accessToken !== undefined) agent.set('Authorization', `Bearer ${accessToken}`);
    return agent;
  }

  /** An organization with a row of each kind, of an owner with this address. */
  async furnish(email: string): Promise<Tenant> {
    const { marker } = this;
    const person = { email, password: PASSWORD, firstName: marker, lastName: 'Owner', organizationName: 'Mirror Ltd.' };
    const { body } = await this.http().post('/api/v1/auth/register').send(person).expect(201);
    const login = body as LoginAnswer;
    const post = async (path: string, fields: object) =>
      (await this.http(login.accessToken).post(`/api/v1${path}`).send(fields).expect(201)).body as Answer;
    await post('/businesses', { name: marker, slug: 'shop' });
    const client = await post('/clients', { name: marker });
    const project = await post(`/clients/${client['id']}/seo-projects`, { name: marker });
    await post(`/seo-projects/${project['id']}/keywords`, { term: marker });
    const home = { type: 'VILLA', offer: 'SALE', place: 'Mirror', price: 1, currency: 'THB' };
    const properties = [
      await post('/properties', { ...home, title: marker }),
      await post('/properties', { ...home, title: marker }),
    ];
    for (const { id } of properties) {
      const publication = `/api/v1/properties/${id}/publication`;
      await this.http(login.accessToken).put(publication).send({ isPublished: true }).expect(200);
    }
    const { key } = await post('/api-keys', { name: marker, scopes: ['businesses:read', 'properties:read'] });
    const organizationId = login.activeOrganizationId ?? '';
    return {
      login,
      organizationId,
      clientId: client['id'] ?? '',
      propertyId: properties[0]?.['id'] ?? '',
      key: key ?? '',
    };
  }

  /** Queues a job as the owner's, as a request of this product would. */
  async queueJob({ login, organizationId }: Tenant): Promise<StampedJob> {
    const data = { rounds: 2 };
    const actor = { type: 'user', id: login.user.id } as const;
    const facts = { product: this.product, organizationId, actor, entryPoint: 'http', name: CONTEXT.name } as const;
    const stamp = { ...facts, jobId: uuidv7(), digest: digestOf(data) };
    const signature = new JobStamper(Configuration.load(environmentFor()).rootKeys).sign(stamp);
    await askAsSuperuser(
      `INSERT INTO jobs (organization_id, product, id, name, data, digest, signature, actor_type, actor_id, entry_point)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'user', $8, 'http')`,
      [organizationId, this.product, stamp.jobId, stamp.name, data, stamp.digest, signature, actor.id],
    );
    return { stamp, signature };
  }

  /** Delivers an event of Clerk, signed for this deployment unless another secret is given. Returns the status. */
  async deliver(body: string, secret = this.secret): Promise<number> {
    const answer = await fetch(`${this.url}/api/v1/webhooks/clerk`, {
      method: 'POST',
      headers: sign(body, secret),
      body,
    });
    return answer.status;
  }
}

/** What one product has of the same company. */
export interface Tenant {
  readonly login: LoginAnswer;
  readonly organizationId: string;
  readonly clientId: string;
  readonly propertyId: string;
  readonly key: string;
}
