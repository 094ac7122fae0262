import { resourceNotFound } from '../errors/general.errors.js';

/**
 * Returns the row of the current organization that `where` selects.
 * @param resource - its name in the error, e.g. `business`
 * @throws `<RESOURCE>_NOT_FOUND` if there is none: missing and another organization's look the same.
 */
export async function getOr404<Where, Row>(
  delegate: { findFirst(query: { where: Where }): PromiseLike<Row | null> },
  where: Where,
  resource: string,
): Promise<Row> {
  const row = await delegate.findFirst({ where });
  if (row === null) throw resourceNotFound(resource);
  return row;
}
