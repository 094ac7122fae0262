import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable } from '@nestjs/common';
import { OrganizationContextService, type ScopedContext, TenancyError } from '../../tenancy/index.js';
import { currentFence } from './commit-fence.js';
import { runAsDriver } from './driver-context.js';
import { ISOLATED_CLIENT, type IsolatedClient, type IsolatedTransaction } from './isolated-client.js';

interface OpenTransaction {
  readonly context: ScopedContext;
  readonly client: IsolatedTransaction;
  isOpen: boolean;
  isDoomed: boolean;
}

const MAX_WAIT_MS = 1_000;
const TIMEOUT_MS = 10_000;

/** Runs several statements of one organization as one: all of them count, or none. */
@Injectable()
export class TransactionService {
  private readonly transactions = new AsyncLocalStorage<OpenTransaction>();

  constructor(
    @Inject(ISOLATED_CLIENT) private readonly client: IsolatedClient,
    private readonly contexts: OrganizationContextService,
  ) {}

  /**
   * Runs `work` in a transaction; every query in it, however deep, takes part.
   * @throws TRANSACTION_FOREIGN if the organization was switched inside an open transaction.
   * @remarks A call inside an open transaction joins it; if the inner work throws, the whole is rolled back even if the
   * outer work catches the error. Takes one connection for at most 10 s.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const context = this.contexts.requireOrganization('A transaction');
    const open = this.currentFor(context);
    if (open) return await this.join(open, work);
    const fence = currentFence();
    const owner = { ...toOwner(context), ...(fence && { fence }) };
    return await runAsDriver(owner, () =>
      this.client.$transaction(
        async (client) => await this.perform({ context, client, isOpen: true, isDoomed: false }, work),
        {
          maxWait: MAX_WAIT_MS,
          timeout: TIMEOUT_MS,
        },
      ),
    );
  }

  /** Whether a transaction is open here: what must not be done inside one asks first. */
  get isOpen(): boolean {
    return this.transactions.getStore()?.isOpen ?? false;
  }

  /** The client that a query made now belongs to: the open transaction's, or the plain one. */
  clientForCall(): IsolatedClient | IsolatedTransaction {
    const context = this.contexts.current();
    return this.currentFor(context)?.client ?? this.client;
  }

  private currentFor(
    context: { organizationId: string | null; product: string } | undefined,
  ): OpenTransaction | undefined {
    const open = this.transactions.getStore();
    if (!open) return undefined;
    if (!open.isOpen) {
      throw new TenancyError(
        'TRANSACTION_ENDED',
        'programming-error',
        'This work outlived its transaction: await everything inside it.',
      );
    }
    if (open.context.organizationId !== context?.organizationId || open.context.product !== context.product) {
      throw new TenancyError(
        'TRANSACTION_FOREIGN',
        'programming-error',
        'A transaction belongs to one organization. End it before switching to another.',
      );
    }
    return open;
  }

  private async join<T>(open: OpenTransaction, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      open.isDoomed = true;
      throw error;
    }
  }

  private async perform<T>(transaction: OpenTransaction, work: () => Promise<T>): Promise<T> {
    try {
      const result = await this.transactions.run(transaction, work);
      if (transaction.isDoomed) {
        throw new TenancyError(
          'TRANSACTION_DOOMED',
          'programming-error',
          'A part of this transaction failed; it was rolled back as a whole.',
        );
      }
      return result;
    } finally {
      transaction.isOpen = false;
    }
  }
}

/** What the driver tells the database of a context. */
export function toOwner(context: ScopedContext) {
  return { product: context.product, organizationId: context.organizationId, actorId: context.actor.id ?? '' };
}
