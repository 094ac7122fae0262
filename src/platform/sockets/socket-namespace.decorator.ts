import { applyDecorators, type ArgumentsHost, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { OrganizationSockets, PublicSockets } from '../../tenancy/index.js';

/** Where a handler's error goes: Nest would send it to the client in a form of its own. */
export interface HandlerOutcome {
  error?: unknown;
}

@Catch()
class OutcomeFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    host.getArgByIndex<HandlerOutcome>(2).error = error;
  }
}

/** Global filters, unlike global pipes, guards and interceptors, do not reach gateways. */
const handling = () => UseFilters(OutcomeFilter);

/**
 * Makes a gateway of a class that extends OrganizationAwareGateway: the namespace `/<topic>` for members of organizations.
 * @param resource - the first segment of the routes on the same things; API keys need its key scopes
 */
export function SocketNamespace(topic: string, { resource }: { readonly resource: string }): ClassDecorator {
  return applyDecorators(WebSocketGateway({ namespace: `/${topic}` }), OrganizationSockets(resource), handling());
}

/** Makes a gateway whose namespace anybody may connect to; its handlers run outside any organization. */
export function PublicSocketNamespace(topic: string): ClassDecorator {
  return applyDecorators(WebSocketGateway({ namespace: `/${topic}` }), PublicSockets(), handling());
}
