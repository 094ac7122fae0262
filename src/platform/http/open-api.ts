import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, getSchemaPath, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { KEY_SCOPE, KeyScopeRegistry } from '../../tenancy/index.js';
import { ProblemDocument } from './problem.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;
type ParameterObject = Extract<NonNullable<Operation['parameters']>[number], { name: string }>;
type ResponseObject = Extract<NonNullable<Operation['responses'][string]>, { description: string }>;

/** Builds the OpenAPI document; operation ids are `<controller>_<method>` without the suffix, fit for generated clients. */
export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Bulkhead')
    .setDescription('Organizations, their businesses, integrations and clients. Errors are application/problem+json.')
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${toCamelCase(controller.replace(/Controller$/, ''))}_${method}`,
  });
  listKeyScopes(document, app.get(KeyScopeRegistry).list());
  for (const { post } of Object.values(document.paths)) if (post) describeIdempotency(post);
  return document;
}

/** What holds for every POST, and stands at none of them. */
function describeIdempotency(operation: Operation): void {
  const isKept = operation.security !== undefined;
  operation.parameters = [...(operation.parameters ?? []), idempotencyKey(isKept)];
  if (!isKept) return;
  operation.responses['409'] ??= problem('In conflict with another resource, or the Idempotency-Key is in use');
  operation.responses['422'] ??= problem(
    'Valid, but not possible now, or the Idempotency-Key was sent with another body',
  );
}

function idempotencyKey(isKept: boolean): ParameterObject {
  const kept =
    'Sent again within 24 hours, the request is not carried out twice: the first answer comes again, with ' +
    '`Idempotency-Replayed: true`. 1 to 255 printable ASCII characters.';
  const description = isKept ? kept : 'Checked for its form only: without a caller no answer is kept.';
  const schema = { type: 'string', minLength: 1, maxLength: 255 } as const;
  return { name: 'Idempotency-Key', in: 'header', required: false, description, schema };
}

function problem(description: string): ResponseObject {
  return { description, content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDocument) } } } };
}

/** No decorator can name the key scopes: they follow from the routes, which are all declared only now. */
function listKeyScopes(document: OpenAPIObject, scopes: readonly string[]): void {
  const schemas = Object.values(document.components?.schemas ?? {}) as { properties?: Record<string, Listed> }[];
  for (const { items } of schemas.flatMap(({ properties = {} }) => Object.values(properties))) {
    if (items?.pattern === KEY_SCOPE.source) items.enum = [...scopes];
  }
}

interface Listed {
  readonly items?: { readonly pattern?: string; enum?: string[] };
}

/** Serves the page at /docs and the document at /docs-json. Built for whoever asks first, because it takes half a second. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
  });
}

function toCamelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
