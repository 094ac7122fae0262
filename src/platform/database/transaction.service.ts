import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable } from '@nestjs/common';
import { OrganizationContextService, type ScopedContext, TenancyError } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { currentFence } from './commit-fence.js';
import { type DriverContext, runAsDriver } from './driver-context.js';
import { ISOLATED_CLIENT, type IsolatedClient, type IsolatedTransaction } from './isolated-client.js';
import { statementName } from './statement-names.js';
import { workSignal } from './work-signal.js';

/** Runs one written statement in a transaction that is open, and returns its rows. */
export type TransactionSql = <Row>(text: string, ...values: unknown[]) => Promise<Row[]>;

/**
 * Ends a transaction with all that was deferred to it. If it throws, the transaction is rolled back; what it returns runs
 * after COMMIT.
 */
export type BeforeCommit<Item> = (items: readonly Item[], sql: TransactionSql) => Promise<() => void>;

interface OpenTransaction {
  readonly context: ScopedContext;
  readonly client: IsolatedTransaction;
  readonly sql: TransactionSql;
  readonly deferred: Map<BeforeCommit<unknown>, unknown[]>;
  readonly afterCommit: (() => void)[];
  readonly afterEnd: (() => void)[];
  isOpen: boolean;
  isDoomed: boolean;
}

const TIMEOUT_MS = 10_000;

/** Runs several statements of one organization as one: all of them count, or none. */
@Injectable()
export class TransactionService {
  private readonly transactions = new AsyncLocalStorage<OpenTransaction>();

  constructor(
    @Inject(ISOLATED_CLIENT) private readonly client: IsolatedClient,
    private readonly contexts: OrganizationContextService,
    private readonly configuration: Configuration,
  ) {}

  /**
   * Runs `work` in a transaction; every query in it, however deep, takes part.
   * @throws TRANSACTION_FOREIGN if the organization was switched inside an open transaction.
   * @remarks A call inside an open transaction joins it; if the inner work throws, the whole is rolled back even if the
   * outer work catches the error. Takes one connection for at most 10 s. Work whose time is over commits nothing.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const context = this.contexts.requireOrganization('A transaction');
    const open = this.currentFor(context);
    if (open) return await this.join(open, work);
    workSignal()?.throwIfAborted();
    const fence = currentFence();
    const owner: DriverContext = { ...toOwner(context), ...(fence && { fence }), opened: {} };
    const afterCommit: (() => void)[] = [];
    const afterEnd: (() => void)[] = [];
    try {
      const result = await runAsDriver(owner, () =>
        this.client.$transaction(
          async (client) => {
            const parts = { context, client, sql: sqlOf(owner), deferred: new Map(), afterCommit, afterEnd };
            return await this.perform({ ...parts, isOpen: true, isDoomed: false }, work);
          },
          { maxWait: this.configuration.get('DATABASE_WAIT_MS'), timeout: TIMEOUT_MS },
        ),
      );
      for (const done of afterCommit) done();
      return result;
    } finally {
      for (const callback of afterEnd) callback();
    }
  }

  /**
   * Leaves `items` to `finish`, which gets all of the open transaction's at once, as its last act before COMMIT.
   * @returns false if no transaction is open
   * @throws TRANSACTION_FOREIGN if the organization was switched inside an open transaction.
   */
  beforeCommit<Item>(finish: BeforeCommit<Item>, ...items: readonly Item[]): boolean {
    const open = this.currentFor(this.contexts.current());
    if (!open) return false;
    const key = finish as BeforeCommit<unknown>;
    const deferred = open.deferred.get(key) ?? [];
    deferred.push(...items);
    open.deferred.set(key, deferred);
    return true;
  }

  /** Tells whether what the current organization does now belongs to a transaction. */
  isOpen(): boolean {
    return this.currentFor(this.contexts.current()) !== undefined;
  }

  /**
   * Calls back when the open transaction has ended; at once if none is open.
   * @remarks However it ended: when a COMMIT is not answered, nobody knows. The callback must not throw.
   */
  afterEnd(callback: () => void): void {
    const open = this.currentFor(this.contexts.current());
    if (open) open.afterEnd.push(callback);
    else callback();
  }

  /** The client that a query made now belongs to: the open transaction's, or the plain one. */
  clientForCall(): IsolatedClient | IsolatedTransaction {
    const context = this.contexts.current();
    return this.currentFor(context)?.client ?? this.client;
  }

  /** Written SQL in the open transaction; undefined if none is open. */
  sqlForCall(): TransactionSql | undefined {
    return this.currentFor(this.contexts.current())?.sql;
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
      workSignal()?.throwIfAborted();
      if (transaction.isDoomed) {
        throw new TenancyError(
          'TRANSACTION_DOOMED',
          'programming-error',
          'A part of this transaction failed; it was rolled back as a whole.',
        );
      }
      for (const [finish, items] of transaction.deferred) {
        transaction.afterCommit.push(await finish(items, transaction.sql));
      }
      return result;
    } finally {
      transaction.isOpen = false;
    }
  }
}

/** Written SQL on the connection that the driver opened for a transaction. */
function sqlOf(owner: DriverContext): TransactionSql {
  return async <Row>(text: string, ...values: unknown[]) => {
    const connection = owner.opened?.connection;
    if (!connection) throw new Error('The transaction has no connection yet, or not one of ours.');
    const name = statementName(text);
    const { rows } = await connection.query({ text, values, ...(name !== undefined && { name }) });
    return rows as Row[];
  };
}

/** What the driver tells the database of a context. */
export function toOwner(context: ScopedContext) {
  return { product: context.product, organizationId: context.organizationId, actorId: context.actor.id ?? '' };
}
