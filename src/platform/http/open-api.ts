import type { INestApplication } from '@nestjs/common';
import { KEY_SCOPE, KeyScopeRegistry } from '../../tenancy/index.js';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

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
  return document;
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

/** Serves the page at /docs and the document at /docs-json. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, createOpenApiDocument(app), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
  });
}

function toCamelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
