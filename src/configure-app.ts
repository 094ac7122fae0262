import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { Configuration } from './platform/config/configuration.js';
import { checkInput, nameParseErrors } from './platform/http/body-check.js';
import { limitHttpServer } from './platform/http/http-server.js';
import { serveOpenApi } from './platform/http/open-api.js';
import { nameProduct } from './platform/http/product-header.js';
import { hasSignedBody } from './platform/http/raw-body.js';
import { InputPipe } from './platform/http/input.pipe.js';
import { contextFields } from './platform/logging/logger.js';
import { PINO } from './platform/logging/logging.module.js';
import { NestLogger } from './platform/logging/nest-logger.js';
import { MetricsService } from './platform/metrics/metrics.service.js';
import { SocketAdapter } from './platform/sockets/socket.adapter.js';
import { OrganizationContextService, openHttpContext, type TenancyRequest } from './tenancy/index.js';

const BODY_LIMIT = '100kb';
/** What scripts in browsers may read of an answer. */
const EXPOSED_HEADERS = [
  'ETag',
  'Idempotency-Replayed',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'X-Product',
  'X-Request-Id',
];

/** Everything between the socket and the routes, in order. Used by main.ts and by the tests, so both run the same app. */
export function configureApp(app: NestExpressApplication): void {
  const configuration = app.get(Configuration);
  const origins = configuration.get('CORS_ORIGINS');
  app.useLogger(app.get(NestLogger));
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('trust proxy', configuration.get('TRUST_PROXY'));
  app.disable('x-powered-by');
  app.use(openHttpContext(app.get(OrganizationContextService), configuration.product));
  app.use(app.get(MetricsService).observe);
  app.use(logRequests(app.get<Logger>(PINO)));
  // Swagger's page needs inline styles and scripts; everything else is JSON, which no browser renders.
  app.use(helmet({ contentSecurityPolicy: false }));
  app.use(nameProduct(configuration.product));
  if (origins.length > 0) app.enableCors({ origin: origins, exposedHeaders: EXPOSED_HEADERS });
  app.useBodyParser('raw', { limit: BODY_LIMIT, type: hasSignedBody });
  app.useBodyParser('json', { limit: BODY_LIMIT, strict: true, type: ['json', '+json'] });
  app.use(nameParseErrors);
  app.use(checkInput);
  app.setGlobalPrefix('api/v1', { exclude: ['api/health', 'api/health/live', 'api/health/ready', 'metrics'] });
  answerUnknownRoutes(app);
  app.useGlobalPipes(new InputPipe(configuration.product));
  serveOpenApi(app);
  app.useWebSocketAdapter(new SocketAdapter(app));
  limitHttpServer(app.getHttpServer(), configuration.product);
  app.enableShutdownHooks();
}

/** Nest answers unknown routes below its prefix only; all others would get Express's own page. */
function answerUnknownRoutes(app: NestExpressApplication): void {
  const adapter = app.getHttpAdapter();
  const register = adapter.setNotFoundHandler?.bind(adapter);
  adapter.setNotFoundHandler = (handler: () => unknown) => {
    register?.(handler);
  };
}

function logRequests(logger: Logger) {
  return (request: TenancyRequest, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    response.once('close', () => {
      const { method, originalUrl } = request;
      const [path] = originalUrl.split('?');
      const status = response.writableFinished ? response.statusCode : 499;
      const level = levelOf(status);
      const durationMs = Math.round(performance.now() - startedAt);
      logger[level]({ ...contextFields(request.organizationContext), method, path, status, durationMs }, 'request');
    });
    next();
  };
}

/** An error is what somebody here must act on; a dependency that is down is reported by its own name. */
function levelOf(status: number): 'error' | 'warn' | 'info' | 'debug' {
  if (status === 503) return 'warn';
  if (status >= 500) return 'error';
  return status >= 400 ? 'info' : 'debug';
}
