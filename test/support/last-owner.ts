import pg from 'pg';
import { buildMember, buildOrganization, type BuiltOrganization, type BuiltUser } from './builders.js';
import { RawClient } from './open-api-request.js';
import { superuserUrl } from './superuser.js';
import type { TestApp } from './test-app.js';

export const AT_ONCE = 50;
/** Done; not allowed any more, because another was faster; told to come again. */
const ANSWERS = [200, 204, 403, 404, 422, 503];

/** An organization with two owners who turn on each other. */
export class TwoOwners {
  private constructor(
    readonly organization: BuiltOrganization,
    private readonly second: BuiltUser,
    readonly ids: readonly [string, string],
    private readonly client: RawClient,
    private readonly witness: pg.Client,
  ) {}

  static async meet(app: TestApp): Promise<TwoOwners> {
    const witness = new pg.Client({ connectionString: superuserUrl() });
    await witness.connect();
    const organization = await buildOrganization(app);
    const second = await buildMember(app, organization, 'OWNER');
    const membershipOf = async ({ user }: BuiltUser) => {
      const text = 'SELECT id FROM memberships WHERE organization_id = $1 AND user_id = $2';
      return (await witness.query<{ id: string }>(text, [organization.id, user.id])).rows[0]?.id as string;
    };
    const ids = [await membershipOf(organization.owner), await membershipOf(second)] as const;
    return new TwoOwners(organization, second, ids, new RawClient(app.url, AT_ONCE), witness);
  }

  async part(): Promise<void> {
    this.client.close();
    await this.witness.end();
  }

  /** Makes both active owners again. */
  async renew(): Promise<void> {
    const text = `UPDATE memberships SET role = 'OWNER', is_active = true, deleted_at = NULL WHERE organization_id = $1`;
    await this.witness.query(text, [this.organization.id]);
  }

  /** Returns who is an active owner, and whom the organization names as such. */
  async owners(): Promise<{ readonly user_id: string; readonly named: string }[]> {
    const { rows } = await this.witness.query<{ user_id: string; named: string }>(
      `SELECT m.user_id, o.owner_id AS named FROM memberships m JOIN organizations o ON o.id = m.organization_id
        WHERE o.id = $1 AND m.role = 'OWNER' AND m.is_active`,
      [this.organization.id],
    );
    return rows;
  }

  /** Both remove and demote each other and themselves, all at once; exactly one owner must be left, and be named. */
  async fight(): Promise<void> {
    await this.renew();
    const answers = await this.attack();
    expect(answers.filter((status) => status < 300)).not.toEqual([]);
    expect(answers.filter((status) => !ANSWERS.includes(status))).toEqual([]);
    const left = await this.owners();
    expect(left).toHaveLength(1);
    expect(left[0]?.named).toBe(left[0]?.user_id);
  }

  private async attack(): Promise<number[]> {
    const requests = Array.from({ length: AT_ONCE }, (_, index) => {
      const as = index % 2 === 0 ? this.organization.owner : this.second;
      const path = `/api/v1/members/${index % 4 < 2 ? this.ids[0] : this.ids[1]}`;
      if (index % 5 === 4) return { as, method: 'delete', path: '/api/v1/members/me' };
      if (index % 3 === 0) return { as, method: 'patch', path, body: '{"role":"MEMBER"}' };
      return { as, method: 'delete', path };
    });
    const answers = await Promise.all(
      requests.map(({ as, ...request }) => this.client.sendAs(as, { ...request, organization: this.organization.id })),
    );
    return answers.map(({ status }) => status);
  }
}
