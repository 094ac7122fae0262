import {
  destination as openDestination,
  type DestinationStream,
  type LoggerOptions,
  pino,
  type Logger as PinoLogger,
} from 'pino';
import type { OrganizationContext } from '../../tenancy/index.js';
import { CENSOR, SECRET_FIELDS } from './redaction.js';

/** The fields of a context that every log line of its work carries. */
export function contextFields(context: OrganizationContext | undefined): Record<string, unknown> {
  if (!context) return {};
  const { requestId, product, organizationId, actor, entryPoint } = context;
  return { requestId, product, organizationId, actorType: actor.type, actorId: actor.id, entryPoint };
}

/** Builds the process's logger: JSON lines on stdout, with the context of the work that writes them. */
export function createLogger(
  level: string,
  current: () => OrganizationContext | undefined,
  destination: DestinationStream = openDestination(1),
): PinoLogger {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => contextFields(current()),
    // What the line says of itself wins over the context in which it happens to be written.
    mixinMergeStrategy: (line, context) => ({ ...context, ...line }),
    redact: {
      // At any of the depths that we log.
      paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: CENSOR,
    },
  };
  return pino(options, destination);
}
