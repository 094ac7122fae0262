import { randomUUID } from 'node:crypto';
import type { Response } from 'supertest';

/** What a caller can tell of an answer, without what differs between any two requests. */
export function observable(answer: Response): object {
  const { requestId: _requestId, ...body } = answer.body as Record<string, unknown>;
  const { date: _date, 'x-request-id': _id, ...headers } = answer.headers as Record<string, unknown>;
  return { status: answer.status, body, headers };
}

/** Asserts that a foreign id and one that does not exist give exactly the same answer. */
export async function expectIndistinguishable(
  foreignId: string,
  send: (id: string) => PromiseLike<Response>,
): Promise<void> {
  const foreign = observable(await send(foreignId));
  const absent = observable(await send(randomUUID()));
  expect(foreign).toEqual(absent);
}
