import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Organization } from '../../generated/prisma/client.js';
import { toDatabaseFault } from '../../platform/errors/database-fault.js';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { resourceNotFound, versionConflict } from '../../platform/errors/general.errors.js';
import { toSlug } from '../../platform/http/slug.js';
import { createContext, OrganizationContextService } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { MembershipService } from '../memberships/membership.service.js';
import { UserService } from '../users/user.service.js';
import type { CreateOrganization, UpdateOrganization } from './organization.dto.js';
import { slugTaken } from './organization.errors.js';
import { OrganizationRepository } from './organization.repository.js';

const SLUG_ATTEMPTS = 6;

/** The life of an organization. */
@Injectable()
export class OrganizationService {
  constructor(
    private readonly repository: OrganizationRepository,
    private readonly transactions: TransactionService,
    private readonly contexts: OrganizationContextService,
    private readonly memberships: MembershipService,
    private readonly users: UserService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Creates an organization and makes its owner a member, in one transaction inside the new organization's own context.
   * @throws SLUG_TAKEN for a chosen slug; one derived from the name is made unique.
   */
  async create(ownerId: string, input: CreateOrganization): Promise<Organization> {
    const owner = await this.users.getById(ownerId);
    const base = input.slug ?? toSlug(input.name, 'organization');
    for (let attempt = 0; ; attempt += 1) {
      const slug = attempt === 0 ? base : `${base}-${attempt < 3 ? attempt + 1 : randomInt(1_000, 1_000_000)}`;
      const organization = await this.tryCreate(owner, { ...input, slug });
      if (organization) {
        await this.users.setHomeOrganization(owner.id, organization.id);
        return organization;
      }
      if (input.slug !== undefined || attempt >= SLUG_ATTEMPTS) throw slugTaken();
    }
  }

  /** @throws ORGANIZATION_NOT_FOUND */
  async getCurrent(): Promise<Organization> {
    const organization = await this.repository.find();
    if (!organization) throw resourceNotFound('organization');
    return organization;
  }

  /** @throws SLUG_TAKEN, VERSION_CONFLICT */
  async update(input: UpdateOrganization, version: number | undefined): Promise<Organization> {
    return await this.change(version, { ...input }, 'organization.updated');
  }

  /** Deactivates the current organization: from the next request on nobody enters it. */
  async deactivate(version: number | undefined): Promise<void> {
    const { actor } = this.contexts.requireOrganization();
    await this.change(
      version,
      { isActive: false, deletedAt: new Date(), deletedBy: actor.id },
      'organization.deactivated',
    );
  }

  /** Says whether somebody of the platform may come in only after an owner agreed. */
  async requireSupportApproval(isRequired: boolean): Promise<void> {
    await this.change(undefined, { requiresSupportApproval: isRequired }, 'organization.support-approval-changed');
  }

  private async change(
    version: number | undefined,
    data: Parameters<OrganizationRepository['update']>[1],
    action: string,
  ): Promise<Organization> {
    return await this.transactions.run(async () => {
      const organization = await this.repository.update(version, data).catch(asSlugTaken);
      if (!organization) throw versionConflict();
      await this.audit.record({ action, entity: 'Organization', entityId: organization.id, fields: Object.keys(data) });
      return organization;
    });
  }

  /** Returns null if the slug is taken. */
  private async tryCreate(
    owner: { id: string; email: string },
    input: CreateOrganization & { slug: string },
  ): Promise<Organization | null> {
    const current = this.contexts.require('OrganizationService.create');
    const id = uuidv7();
    const isOwnerActing = current.actor.id === owner.id;
    const context = createContext({ ...current, organizationId: id, role: isOwnerActing ? 'OWNER' : null });
    const { name, slug, email } = input;
    try {
      return await this.contexts.run(context, () =>
        this.transactions.run(async () => {
          const organization = await this.repository.add({ id, name, slug, email: email ?? null, ownerId: owner.id });
          await this.memberships.add({ userId: owner.id, email: owner.email, role: 'OWNER', invitedById: null });
          await this.audit.record({ action: 'organization.created', entity: 'Organization', entityId: id });
          return organization;
        }),
      );
    } catch (error) {
      if (isSlugConflict(error)) return null;
      throw error;
    }
  }
}

function isSlugConflict(error: unknown): boolean {
  const fault = toDatabaseFault(error);
  return fault?.kind === 'conflict' && (fault.constraint ?? '').includes('slug');
}

function asSlugTaken(error: unknown): never {
  throw isSlugConflict(error) ? slugTaken() : error;
}
