import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { createContext } from '../context/organization-context.js';
import { OrganizationContextService } from '../context/organization-context.service.js';
import type { OrganizationSummary } from '../context/tenancy-ports.js';

/** The command door: an operator's command runs as the product's own account, inside one organization or outside all. */
@Injectable()
export class CommandContext {
  constructor(private readonly contexts: OrganizationContextService) {}

  /** Runs `work` outside any organization: a query on organization data throws. */
  async run<T>(product: string, work: () => Promise<T>): Promise<T> {
    const context = createContext({
      product,
      organizationId: null,
      actor: await this.contexts.findSystemActor(),
      role: null,
      entryPoint: 'cli',
      requestId: randomUUID(),
    });
    return await this.contexts.run(context, work);
  }

  /**
   * Runs `work` inside the organization that `--organization` names (id or slug).
   * @throws ORGANIZATION_NOT_FOUND before `work` starts.
   */
  async runInOrganization<T>(
    product: string,
    organization: string,
    work: (organization: OrganizationSummary) => Promise<T>,
  ): Promise<T> {
    return await this.run(product, () => this.contexts.withOrganization(organization, work));
  }
}
