/** Where a data key stands in its life; see prisma/schema.prisma. */
export type DataKeyState = 'ACTIVE' | 'RETIRING' | 'RETIRED' | 'DESTROYED';

/** A data key as it is stored. */
export interface StoredDataKey {
  readonly id: string;
  readonly version: number;
  readonly state: DataKeyState;
  readonly rootKeyId: string;
  readonly wrappedKey: string;
  readonly createdAt: Date;
}
