import type { PrismaClient } from '../../generated/prisma/client.js';
import { OperationRefusedError } from '../../tenancy/index.js';
import type { TransactionService } from './transaction.service.js';

/** The models of the schema, as repositories use them. */
type Models = Omit<PrismaClient, `$${string}` | symbol>;

// eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unsafe-declaration-merging -- merged with the class below: the token and its type are one name
export interface OrganizationDatabase extends Models {}

/**
 * The database of the current organization: what repositories inject, as `Pick<OrganizationDatabase, 'business'>`.
 *
 * Every call reads the context at the moment it is made, starts at once (Prisma's own promises start where they are
 * awaited, which can be another request's context) and joins the open transaction.
 * Find by `findFirst({where: {id}})`, change by `updateManyAndReturn({where: {id}, data})`: neither needs the organization's id.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- see above
export abstract class OrganizationDatabase {}

type Call = (args?: unknown) => PromiseLike<unknown>;

/** Wraps the isolated client so that its promises are started in the caller's context. */
export function createOrganizationDatabase(
  modelNames: readonly string[],
  transactions: Pick<TransactionService, 'clientForCall'>,
): OrganizationDatabase {
  const delegates = modelNames.map((name) => {
    const property = name.charAt(0).toLowerCase() + name.slice(1);
    return [property, createDelegate(property, transactions)] as const;
  });
  return new Proxy<object>(Object.freeze(Object.fromEntries(delegates)), { get: getKnown }) as OrganizationDatabase;
}

function createDelegate(property: string, transactions: Pick<TransactionService, 'clientForCall'>) {
  const calls = new Map<string | symbol, unknown>();
  return new Proxy<Record<string, Call>>(
    {},
    {
      get: (_target, operation) => {
        if (typeof operation === 'symbol' || operation.startsWith('$') || operation === 'then') return undefined;
        if (!calls.has(operation)) {
          calls.set(operation, async (args?: unknown) => {
            const client = transactions.clientForCall() as unknown as Record<string, Record<string, Call>>;
            const delegate = client[property];
            if (typeof delegate?.[operation] !== 'function') {
              throw new OperationRefusedError(`${property}.${operation}`, 'It does not exist.');
            }
            return await delegate[operation](args);
          });
        }
        return calls.get(operation);
      },
    },
  );
}

/** Symbols and `then` are asked for by Node and Nest; anything else that is no model is a mistake. */
function getKnown(target: object, name: string | symbol): unknown {
  if (typeof name === 'string' && name.startsWith('$')) {
    throw new OperationRefusedError(`OrganizationDatabase.${name}`, 'Use TransactionService.run or OrganizationSql.');
  }
  return Reflect.get(target, name);
}
