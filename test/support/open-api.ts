import type { Type } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { Router } from 'express';
import { createOpenApiDocument } from '../../src/platform/http/open-api.js';
import { isGrantable, keyScopeOf, ROUTE_STANCE, type RouteStance } from '../../src/tenancy/index.js';
import type { TestApp } from './test-app.js';

/** The part of OpenAPI 3.0 that our documents use. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean;
}
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
interface DocumentedOperation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Answer>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One row of the API: a method on a path, with who may call it and what it takes and gives. */
export interface Operation {
  readonly id: string;
  /** Lower case. */
  readonly method: string;
  /** With its parameters in braces: `/api/v1/clients/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  readonly answers: Readonly<Record<string, Answer>>;
  /** Who may call it, from the route itself; undefined if no route has this operation id. */
  readonly stance: RouteStance | undefined;
  /** What an API key needs to call it; null if no key may. */
  readonly keyScope: string | null;
}

export interface Api {
  readonly operations: readonly Operation[];
  /** Follows references until there is a schema with a type. */
  resolve(schema: Schema): Schema;
}

/** Reads the OpenAPI document of the running application. */
export function readApi(app: TestApp): Api {
  const document = createOpenApiDocument(app.nest) as unknown as Document;
  const rights = rightsOf(app);
  const resolve = (schema: Schema): Schema => {
    const [only] = schema.allOf ?? [];
    if (only) return { ...resolve(only), ...(schema.nullable && { nullable: true }) };
    if (schema.$ref === undefined) return schema;
    const found = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
    if (!found) throw new Error(`The OpenAPI document has no schema ${schema.$ref}.`);
    return resolve(found);
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const [body] = Object.values(operation.requestBody?.content ?? {});
      const id = operation.operationId ?? '';
      return {
        id,
        method,
        path,
        summary: operation.summary ?? '',
        parameters: operation.parameters ?? [],
        body: body ? resolve(body.schema) : null,
        answers: operation.responses,
        stance: rights.get(id)?.stance,
        keyScope: rights.get(id)?.keyScope ?? null,
      };
    }),
  );
  return { operations, resolve };
}

/** Returns `method path` of every route of the application, in the notation of OpenAPI, in order of registration. */
export function listRegisteredRoutes(app: TestApp): string[] {
  const { router } = app.nest.getHttpAdapter().getInstance() as { router: Router };
  return router.stack.flatMap(({ route }) => {
    const methods = Object.keys((route as { methods?: Record<string, boolean> } | undefined)?.methods ?? {});
    // Nest answers 404 by a route for every method, below each path outside the global prefix.
    const own = methods.length > 1 ? [] : methods;
    return own.map((method) => `${method} ${String(route?.path).replaceAll(/:(\w+)/g, '{$1}')}`);
  });
}

type Rights = Pick<Operation, 'stance' | 'keyScope'>;

function rightsOf(app: TestApp): Map<string, Rights> {
  const scanner = new MetadataScanner();
  const controllers = app
    .get(DiscoveryService)
    .getControllers()
    .map(({ metatype }) => metatype as Type<Record<string, unknown>>);
  const rights = controllers.flatMap((controller) => {
    const prototype = controller.prototype as Record<string, () => unknown>;
    const prefix = controller.name.replace(/Controller$/, '').replace(/^./, (letter) => letter.toLowerCase());
    return scanner.getAllMethodNames(prototype).map((name): [string, Rights] => {
      const handler = prototype[name] as () => unknown;
      const stance = [handler, controller]
        .map((target) => Reflect.getMetadata(ROUTE_STANCE, target) as RouteStance | undefined)
        .find((found) => found !== undefined);
      const isScoped = stance?.kind === 'organization' || (stance?.kind === 'public' && stance.isRecognizing === true);
      const scope = isScoped ? keyScopeOf(controller, handler) : '';
      return [`${prefix}_${name}`, { stance, keyScope: isGrantable(scope) ? scope : null }];
    });
  });
  return new Map(rights.filter(([, { stance }]) => stance !== undefined));
}

/** Rows for describe.each: each operation under its method and path. */
export function named(operations: readonly Operation[]): (readonly [string, Operation])[] {
  return operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const);
}

export function parametersIn({ parameters }: Operation, place: Parameter['in']): Parameter[] {
  return parameters.filter((parameter) => parameter.in === place);
}
