import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import {
  createContext,
  OrganizationContextService,
  type OrganizationPass,
  SocketDoor,
  StandingReview,
  TenancyError,
} from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { SocketEnding } from './socket-ending.js';
import type { OpenSocket } from './socket.registry.js';

/** Asks for so many people at once, and leaves connections to those who wait for an answer. */
const AT_ONCE = 4;
/** From here on one query across organizations is faster than one for each person. */
const MANY = 100;
/** A socket that a change concerns, and of which nobody can tell whether it still may, is ended when this is over. */
const PATIENCE_MS = 800;
const RETRY_MS = 100;

/** Asks again for sockets whether they would be let in, and ends those that would not. */
@Injectable()
export class SocketReviewService {
  private readonly limit = pLimit(AT_ONCE);

  constructor(
    private readonly door: SocketDoor,
    private readonly standings: StandingReview,
    private readonly contexts: OrganizationContextService,
    private readonly configuration: Configuration,
    private readonly ending: SocketEnding,
  ) {}

  /** Reviews the sockets that a change concerns. Never throws. */
  async review(sockets: readonly OpenSocket[]): Promise<void> {
    const groups = groupByStanding(sockets);
    const suspects =
      groups.length < MANY
        ? groups
        : await this.unscoped(`see who of ${groups.length} may keep a socket`, () => this.filter(groups)).catch(
            () => groups,
          );
    await Promise.all(suspects.map((group) => this.limit(() => this.reviewGroup(group))));
  }

  /**
   * Reviews all sockets of the process, by two queries across organizations. Call it inside {@link unscoped}.
   * @throws if the database does not answer
   */
  async reviewAll(sockets: readonly OpenSocket[]): Promise<void> {
    const suspects = await this.filter(groupByStanding(sockets));
    await Promise.all(suspects.map((group) => this.limit(() => this.reviewGroup(group))));
  }

  /** Runs work across organizations as the product's own account. The reason is on record before it starts. */
  async unscoped<T>(reason: string, work: () => Promise<T>): Promise<T> {
    const context = createContext({
      product: this.configuration.product,
      organizationId: null,
      actor: await this.contexts.findSystemActor(),
      role: null,
      entryPoint: 'socket',
      requestId: randomUUID(),
    });
    return await this.contexts.run(context, () => this.contexts.runUnscoped(reason, work));
  }

  private async filter(groups: readonly Group[]): Promise<Group[]> {
    if (groups.length === 0) return [];
    const held = await this.standings.filterHeld(groups.map(({ pass }) => pass));
    return groups.filter(({ pass }) => !held.has(pass));
  }

  private async reviewGroup({ pass, sockets }: Group): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      const outcome = await this.ask(pass, deadline - performance.now());
      if (outcome === 'holds') return;
      if (outcome instanceof TenancyError) {
        for (const { socket } of sockets) this.ending.end(socket, outcome);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    for (const { socket } of sockets) this.ending.break(socket, 'unverified');
  }

  private async ask(pass: OrganizationPass, patienceMs: number): Promise<'holds' | 'unknown' | TenancyError> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<'unknown'>((resolve) => {
      timer = setTimeout(() => resolve('unknown'), patienceMs);
    });
    const answer = this.door.review(pass).then(
      () => 'holds' as const,
      (error: unknown) => (error instanceof TenancyError ? error : ('unknown' as const)),
    );
    return await Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
  }
}

/** Sockets that were let in by the same thing: they stay and go together. */
interface Group {
  readonly pass: OrganizationPass;
  readonly sockets: OpenSocket[];
}

function groupByStanding(sockets: readonly OpenSocket[]): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of sockets) {
    const { pass } = entry;
    if (pass.kind !== 'organization') continue;
    const { claim, organizationId, keyScope } = pass;
    const key = [claim.sessionId ?? claim.keyDigest, organizationId, keyScope].join();
    const group = groups.get(key);
    if (group) group.sockets.push(entry);
    else groups.set(key, { pass, sockets: [entry] });
  }
  return [...groups.values()];
}
