import { Injectable } from '@nestjs/common';
import { TransactionService } from '../../platform/database/transaction.service.js';
import { OrganizationContextService, OrganizationNotFoundError } from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import { DataKeyRepository } from './data-key.repository.js';
import { UNDER_ROOT_KEYS } from './reseal.service.js';
import { RotationRepository } from './rotation.repository.js';
import { SEALED_COLUMNS } from './sealed-columns.js';

/** Makes everything that an organization has encrypted unreadable, for good. */
@Injectable()
export class KeyDestructionService {
  constructor(
    private readonly repository: RotationRepository,
    private readonly keyRepository: DataKeyRepository,
    private readonly transactions: TransactionService,
    private readonly audit: AuditService,
    private readonly contexts: OrganizationContextService,
  ) {}

  /**
   * Destroys the data keys of the current organization. No process can open its secrets afterwards, those that hold an
   * open key included: they are told, and forget it within a second. No new secret can be stored.
   * @param organizationId - the current one, named so that it is nobody's by mistake
   * @returns how many keys there were
   * @throws ORGANIZATION_NOT_FOUND if it is not the current one
   */
  async destroyKeys(organizationId: string): Promise<number> {
    const current = this.contexts.requireOrganization('KeyDestructionService.destroyKeys');
    if (current.organizationId !== organizationId) throw new OrganizationNotFoundError();
    // Those have no key of the organization: what must be destroyed is they themselves.
    for (const column of SEALED_COLUMNS) await this.repository.remove(column, UNDER_ROOT_KEYS.prefix);
    return await this.transactions.run(async () => {
      let count = 0;
      // One that another process was just making counts from its commit on, and is found the next time.
      do count += await this.keyRepository.destroy();
      while (await this.keyRepository.findActive());
      const fields = [`keys:${count}`];
      await this.audit.record({ action: 'credentials.keys-destroyed', entity: 'OrganizationKey', fields });
      return count;
    });
  }
}
