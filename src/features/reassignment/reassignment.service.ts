import { Injectable } from '@nestjs/common';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import { OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { AuditTransferService } from '../audit/audit-transfer.service.js';
import { SealedColumnService } from '../credentials/sealed-column.service.js';
import { groupByPeople } from './move-groups.js';
import { type FoundOrganization, type Resealing, ReassignmentRepository } from './reassignment.repository.js';
import type { ReassignmentOptions, ReassignmentReport } from './reassignment.types.js';

type Moved = ReassignmentReport['moved'][number];
type Refused = ReassignmentReport['refused'][number];

/**
 * Brings organizations that were written for another product to the one of the deployment.
 * @see docs/decisions/2026-11-26-moving-between-products.md
 */
@Injectable()
export class ReassignmentService {
  constructor(
    private readonly repository: ReassignmentRepository,
    private readonly chains: AuditTransferService,
    private readonly sealed: SealedColumnService,
    private readonly contexts: OrganizationContextService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Moves what can be moved whole, one group of organizations after the other; tells of the others why not.
   * @remarks Can be broken off and repeated: each group has moved or has not.
   */
  async reassign(options: ReassignmentOptions): Promise<ReassignmentReport> {
    if (!options.isDryRun) await this.recordArrivals(options.from);
    const { from, organizations: names, emailDomain = null } = options;
    const reason = `look for organizations of ${from} to reassign (${[...names, emailDomain ?? ''].join(' ').slice(0, 80)})`;
    const found = await this.contexts.runUnscoped(reason, () =>
      this.repository.list(from, names, emailDomain, this.sealed.list()),
    );
    const moved: Moved[] = [];
    const refused: Refused[] = [];
    for (const group of groupByPeople(found)) {
      const outcome = await this.settle(group, options);
      if ('rows' in outcome) moved.push(outcome);
      else refused.push(outcome);
    }
    return { moved, refused };
  }

  private async settle(group: readonly FoundOrganization[], options: ReassignmentOptions): Promise<Moved | Refused> {
    const organizations = group.map(({ slug }) => slug);
    const obstacles = [...new Set(group.flatMap((organization) => this.obstaclesOf(organization, group, options)))];
    if (obstacles.length > 0) return { organizations, obstacles };
    if (options.isDryRun) return { organizations, rows: {} };
    const rows = await this.move(group, options.from);
    if (rows === null) return { organizations, obstacles: ['It was written to meanwhile: repeat the command.'] };
    await this.recordArrivals(options.from);
    return { organizations, rows };
  }

  private obstaclesOf(
    organization: FoundOrganization,
    group: readonly FoundOrganization[],
    { from, discardSecrets }: ReassignmentOptions,
  ): string[] {
    const { slug, members, secrets } = organization;
    const together = new Set(group.map(({ id }) => id));
    const strangers = members.filter((member) => member.organizations.some((id) => !together.has(id)));
    return [
      ...(organization.isSlugTaken ? [`The slug ${slug} is in use in this product.`] : []),
      ...strangers.map(
        ({ email }) => `${email} belongs to an organization that stays, or once did: name that one too.`,
      ),
      ...members.filter((member) => member.isEmailTaken).map(({ email }) => `${email} has an account in this product.`),
      ...members.filter((member) => member.isOfPlatform).map(({ email }) => `${email} is of the platform of ${from}.`),
      ...(secrets > 0 && !discardSecrets
        ? [`${slug} holds ${secrets} secrets, which are sealed for ${from}: --discard-secrets leaves them behind.`]
        : []),
      ...(this.reseal(organization, from) === null
        ? [
            `The audit log of ${slug} is not sealed by a key of this deployment: audit:verify there, and ENCRYPTION_PREVIOUS_KEYS here.`,
          ]
        : []),
    ];
  }

  private async move(group: readonly FoundOrganization[], from: string): Promise<Moved['rows'] | null> {
    const chains = group.flatMap((organization) => this.reseal(organization, from) ?? []);
    const people = [...new Set(group.flatMap(({ members }) => members.map(({ id }) => id)))];
    const reason = `reassign ${group
      .map(({ slug }) => slug)
      .join(', ')
      .slice(0, 120)} from ${from}`;
    try {
      return await this.contexts.runUnscoped(reason, () =>
        this.repository.move(from, chains, people, this.sealed.list()),
      );
    } catch (error) {
      // A key that somebody took or wrote meanwhile: nothing has moved.
      const kind = toDatabaseFault(error)?.kind;
      if (kind === 'conflict' || kind === 'missing-reference') return null;
      throw error;
    }
  }

  private reseal({ id, seal, ...ends }: FoundOrganization, from: string): Resealing | null {
    const { sequence, hash, occurredAt, checkpointSequence, checkpointAt } = ends;
    if (seal === null || sequence === null || hash === null) return null;
    const head = { sequence, hash, occurredAt: occurredAt ?? 0, checkpointSequence: checkpointSequence ?? 0 };
    const next = this.chains.reseal(from, id, { ...head, checkpointAt: checkpointAt ?? 0, seal });
    return next === null ? null : { id, expectedSeal: seal, seal: next };
  }

  /** Each organization says in its own log where it came from; what was broken off before that is made up for. */
  private async recordArrivals(from: string): Promise<void> {
    const reason = `look for organizations that came from ${from} without a record of it`;
    const arrived = await this.contexts.runUnscoped(reason, () => this.repository.listUnrecorded(from));
    for (const { id } of arrived) {
      const context = this.contexts.require('ReassignmentService');
      const inside = { ...context, organizationId: id, unscopedReason: null };
      const entry = { action: 'organization.reassigned', entity: 'Organization', entityId: id, reason: `from ${from}` };
      await this.contexts.run(inside, () => this.audit.record(entry));
    }
  }
}
