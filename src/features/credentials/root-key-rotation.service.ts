import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { DataKeyRepository } from './data-key.repository.js';
import { DataKeyService } from './data-key.service.js';
import { ResealService, UNDER_ROOT_KEYS } from './reseal.service.js';
import { NOTHING_ROTATED, type OrganizationOutcome } from './rotation.types.js';

/** Brings what the current organization has under the current root key, so that former ones are not needed for it. */
@Injectable()
export class RootKeyRotationService {
  constructor(
    private readonly keyRepository: DataKeyRepository,
    private readonly keys: DataKeyService,
    private readonly secrets: ResealService,
    private readonly audit: AuditService,
  ) {}

  /** Secrets themselves are encrypted again only if they are under a root key directly. */
  async rotate(isDryRun: boolean, onProgress: (done: number) => void): Promise<OrganizationOutcome> {
    const direct = await this.secrets.count(UNDER_ROOT_KEYS);
    if (isDryRun) return { ...NOTHING_ROTATED, secrets: direct, rewrappedKeys: (await this.listOutdated()).length };
    const { secrets, unreadable } =
      Object.keys(direct).length > 0
        ? await this.secrets.reseal(UNDER_ROOT_KEYS, (await this.keys.requireActive()).id, onProgress)
        : NOTHING_ROTATED;
    let rewrappedKeys = 0;
    for (const key of await this.listOutdated()) if (await this.keys.rewrap(key)) rewrappedKeys += 1;
    const outcome = { ...NOTHING_ROTATED, secrets, unreadable, rewrappedKeys };
    await this.record(outcome);
    return outcome;
  }

  private async listOutdated() {
    return (await this.keyRepository.list()).filter((key) => this.keys.isOutdated(key));
  }

  private async record({ secrets, unreadable, rewrappedKeys }: OrganizationOutcome): Promise<void> {
    const counts = Object.entries(secrets).map(([name, count]) => `${name}:${count}`);
    if (counts.length === 0 && rewrappedKeys === 0) return;
    await this.audit.record({
      action: 'credentials.root-key-rotated',
      entity: 'OrganizationKey',
      fields: [...counts, `rewrappedKeys:${rewrappedKeys}`, `unreadable:${unreadable.length}`],
    });
  }
}
