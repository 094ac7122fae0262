import type { Api, Operation } from './open-api.js';
import { problemDefects, type RawAnswer, RawClient, type RawRequest } from './open-api-request.js';
import { buildFixture, callerOf, fillPath, type Fixture } from './sweep.js';
import { Witness } from './sweep-witness.js';
import type { TestApp } from './test-app.js';

/** What takes longer hangs; on a busy machine a second is nothing. */
const SLOW_MS = 10_000;

/** A bad request, and what its answer has besides being a proper problem. */
export type Refused = readonly [request: Partial<RawRequest>, expected: object];

/** Sends bad requests as an owner, and expects that each is refused properly and leaves no trace. */
export class Refusals {
  private constructor(
    private readonly witness: Witness,
    private readonly client: RawClient,
    readonly fixture: Fixture,
  ) {}

  static async open(app: TestApp, api: Api): Promise<Refusals> {
    return new Refusals(await Witness.open(), new RawClient(app.url), await buildFixture(app, api, 'sent'));
  }

  async send(operation: Operation, request: Partial<RawRequest> = {}): Promise<RawAnswer> {
    const as = callerOf(operation, this.fixture);
    const path = fillPath(operation.path, this.fixture.places);
    return await this.client.sendAs(as, { method: operation.method, path, ...request });
  }

  /** @param expected - what each answer has, besides being a proper problem */
  async expectEach(requests: readonly Partial<RawRequest>[], operation: Operation, expected: object): Promise<void> {
    await this.expectAll(
      requests.map((request): Refused => [request, expected]),
      operation,
    );
  }

  async expectAll(cases: readonly Refused[], operation: Operation): Promise<void> {
    const before = await this.stored();
    for (const [request, expected] of cases) {
      const answer = await this.send(operation, request);
      const name = shorten(request);
      expect([name, answer]).toEqual([name, expect.objectContaining(expected)]);
      expect([name, problemDefects(answer)]).toEqual([name, []]);
      expect([name, answer.durationMs < SLOW_MS]).toEqual([name, true]);
    }
    expect(await this.stored()).toEqual(before);
  }

  /** What the server has stored, without the record of refusals. */
  async stored(): Promise<object> {
    const { id } = this.fixture.organization;
    return { ...(await this.witness.counts()), ...(await this.witness.checksums(id, { withRecords: false })) };
  }

  async close(): Promise<void> {
    this.client.close();
    await this.witness.close();
  }
}

function shorten({ body, ...rest }: Partial<RawRequest>): string {
  return `${JSON.stringify(rest).slice(0, 300)} ${body?.toString('latin1').slice(0, 200)}`;
}

/** What an answer has that names a wrong field. */
export function invalid(path: unknown): object {
  const errors: unknown = expect.arrayContaining([expect.objectContaining({ path })]);
  return { status: 400, body: expect.objectContaining({ code: 'VALIDATION_FAILED', errors }) as unknown };
}

export function refusedAs(status: number, code: string): object {
  return { status, body: expect.objectContaining({ code }) as unknown };
}
