import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AppError, type FieldProblem } from '../../platform/errors/app-error.js';
import { validationFailed } from '../../platform/errors/general.errors.js';
import { Entitlements } from '../../platform/http/entitlements.js';
import type { ToolDeclaration } from '../../platform/tools/tool-declaration.js';
import { type DeclaredTool, ToolRegistry } from '../../platform/tools/tool-registry.js';
import { problemsOf, runTool } from '../../platform/tools/tool-run.js';
import { toolNotAllowed, toolNotFound } from '../../platform/tools/tool.errors.js';
import {
  isUuid,
  MembershipResolver,
  OrganizationContextService,
  OrganizationNotFoundError,
  RoleTooLowError,
  ROLES,
  ScopeMissingError,
  type ScopedContext,
  TenancyError,
} from '../../tenancy/index.js';
import { AuditService } from '../audit/audit.service.js';
import type { ToolDescription, ToolOptions, ToolResult } from './tool.types.js';

const MAX_NAME = 60;

/** Has tools work by name: for people, crews and chats, always inside an organization and with the rights of the actor. */
@Injectable()
export class ToolService {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly contexts: OrganizationContextService,
    private readonly memberships: MembershipResolver,
    private readonly entitlements: Entitlements,
    private readonly audit: AuditService,
  ) {}

  /** Lists every tool there is; which of them the caller may use depends on its role, its key and the organization. */
  list(): ToolDescription[] {
    return this.registry.list().map(({ declaration }) => describe(declaration));
  }

  /** Says what is wrong with a tool's name and inputs, without executing it. `path` is where they stand. */
  findProblems(name: string, inputs: unknown, path: { name: string; inputs: string }): FieldProblem[] {
    const found = this.registry.find(name);
    if (!found) return [{ path: path.name, code: 'isTool', message: 'is no tool: GET /tools lists those there are' }];
    return problemsOf(found.declaration, inputs, path.inputs);
  }

  /** Tells whether there is a tool of this name. */
  has(name: string): boolean {
    return this.registry.find(name) !== undefined;
  }

  /**
   * Executes a tool in an organization and returns what it found. On the record: its name, which inputs were given and how
   * much came of it, never what.
   * @param inputs - as untrusted as whoever gave them: checked against what the tool declares
   * @param organizationId - the context's; another one only if the actor belongs to it, which is asked
   * @throws ORGANIZATION_NOT_FOUND for one that is missing or not the actor's; TOOL_NOT_FOUND, TOOL_NOT_ALLOWED, ROLE_TOO_LOW,
   * FEATURE_NOT_ENABLED, SCOPE_MISSING, VALIDATION_FAILED, TOOL_TIMED_OUT, TOOL_OUTPUT_TOO_LARGE; what the tool throws
   */
  async executeTool(
    name: string,
    inputs: unknown,
    organizationId: string,
    options: ToolOptions = {},
  ): Promise<ToolResult> {
    const context = this.contexts.require('ToolService.executeTool');
    if (context.organizationId === organizationId) return await this.execute(name, inputs, options);
    try {
      return await this.contexts.withOrganization(organizationId, () => this.execute(name, inputs, options));
    } catch (error) {
      // On the record of the organization that the caller is in: the other one is not his to write to.
      if (error instanceof OrganizationNotFoundError && context.organizationId !== null) {
        await this.record(name, inputs, { outcome: 'DENIED', reason: 'asked for another organization' });
      }
      throw error;
    }
  }

  private async execute(name: string, inputs: unknown, { allowed, signal }: ToolOptions): Promise<ToolResult> {
    const found = this.registry.find(name);
    if (!found) throw toolNotFound();
    try {
      if (allowed && !allowed.includes(name)) throw toolNotAllowed();
      await this.requireRights(found);
      const parsed = found.declaration.inputs.safeParse(inputs);
      if (!parsed.success) throw validationFailed(problemsOf(found.declaration, inputs, 'inputs'));
      const { output, bytes } = await runTool(found, parsed.data, signal);
      await this.record(name, inputs, { outcome: 'SUCCESS', bytes });
      return { tool: name, output };
    } catch (error) {
      await this.record(name, inputs, { outcome: outcomeOf(error), reason: reasonOf(error) });
      throw error;
    }
  }

  /** The route says who may ask for tools; each tool says who may have it. A key's scopes are asked anew: jobs carry none. */
  private async requireRights({ declaration }: DeclaredTool): Promise<void> {
    const { access, feature, keyScope } = declaration;
    const context = this.contexts.requireOrganization('ToolService.executeTool');
    const { actor, role } = context;
    const isRanked = role !== null && ROLES.indexOf(role) >= ROLES.indexOf(access);
    if (actor.type !== 'system' && !isRanked) throw new RoleTooLowError(access);
    if (actor.type === 'apiKey') await this.requireKeyScope(context, keyScope);
    if (feature !== null) await this.entitlements.requireFeature(feature);
  }

  private async requireKeyScope(context: ScopedContext, keyScope: string): Promise<void> {
    const { keyScopes = [] } = await this.memberships.find(context, context.organizationId);
    if (!keyScopes.includes(keyScope)) throw new ScopeMissingError(keyScope);
  }

  private async record(
    name: string,
    inputs: unknown,
    {
      outcome,
      reason,
      bytes,
    }: { outcome: 'SUCCESS' | 'DENIED' | 'NOT_FOUND' | 'FAILED'; reason?: string; bytes?: number },
  ): Promise<void> {
    const given = typeof inputs === 'object' && inputs !== null ? (inputs as Record<string, unknown>) : {};
    const declared = Object.keys(this.registry.find(name)?.declaration.inputs.shape ?? {});
    const { clientId } = given;
    await this.audit.record({
      ...{ action: 'tool.executed', entity: 'Tool', entityId: name.slice(0, MAX_NAME), outcome },
      clientId: isUuid(clientId) ? clientId : null,
      ...(reason !== undefined && { reason }),
      fields: [
        ...declared.filter((field) => field in given).map((field) => `input:${field}`),
        ...(bytes === undefined ? [] : [`bytes:${bytes}`]),
      ],
    });
  }
}

function describe({ name, description, inputs, access, feature, keyScope, timeoutSeconds }: ToolDeclaration) {
  const inputSchema = z.toJSONSchema(inputs, { io: 'input', unrepresentable: 'any' });
  return { name, description, inputSchema, role: access, feature, keyScope, timeoutSeconds };
}

function outcomeOf(error: unknown): 'DENIED' | 'NOT_FOUND' | 'FAILED' {
  const category = error instanceof AppError || error instanceof TenancyError ? error.category : 'internal';
  if (category === 'forbidden') return 'DENIED';
  return category === 'not-found' ? 'NOT_FOUND' : 'FAILED';
}

function reasonOf(error: unknown): string {
  return error instanceof AppError || error instanceof TenancyError ? error.code : 'INTERNAL_ERROR';
}
