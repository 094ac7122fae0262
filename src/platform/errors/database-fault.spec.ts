import { toDatabaseFault } from './database-fault.js';

const adapterError = (kind: string) => Object.assign(new Error(kind), { name: 'DriverAdapterError', cause: { kind } });
const prismaError = (code: string, cause: object) =>
  Object.assign(new Error('Invalid invocation'), { code, meta: { driverAdapterError: { cause } } });

describe('toDatabaseFault', () => {
  it.each(['ConnectionClosed', 'SocketTimeout', 'DatabaseNotReachable', 'TooManyConnections'])(
    'takes %s of a COMMIT, which Prisma gives no code, for an outage',
    (kind) => expect(toDatabaseFault(adapterError(kind))).toEqual({ kind: 'unavailable' }),
  );

  it('reads the state under an error of Prisma', () => {
    expect(toDatabaseFault(prismaError('P2010', { originalCode: '57014' }))).toEqual({ kind: 'busy' });
    expect(toDatabaseFault(prismaError('P2002', { constraint: { index: 'businesses_slug_key' } }))).toEqual({
      kind: 'conflict',
      constraint: 'businesses_slug_key',
    });
  });

  it('leaves alone what the database did not say', () => {
    expect(toDatabaseFault(new Error('Cannot read properties of undefined'))).toBeNull();
    expect(toDatabaseFault('unavailable')).toBeNull();
  });
});
