import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import type { FieldProblem } from '../errors/app-error.js';
import { validationFailed } from '../errors/general.errors.js';
import { MAX_REPORTED } from './body-check.js';
import { ProductQuery } from './product-query.js';

/** Checks every body and query against its class; unknown fields are refused, not dropped. */
export class InputPipe extends ValidationPipe {
  /** @param product - of this deployment, for queries that say whose they are */
  constructor(private readonly product: string) {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) =>
        validationFailed(errors.flatMap((error) => toFieldProblems(error, '')).slice(0, MAX_REPORTED)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const input: unknown = await super.transform(value, metadata);
    if (input instanceof ProductQuery) input.product = this.product;
    return input;
  }
}

function toFieldProblems(error: ValidationError, parent: string): FieldProblem[] {
  const path = parent ? `${parent}.${error.property}` : error.property;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    path,
    code: rule === 'whitelistValidation' ? 'unknownField' : rule,
    message: rule === 'whitelistValidation' ? 'is not a field of this request' : withoutName(message, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => toFieldProblems(child, path))];
}

/** class-validator begins its messages with the property's name, which `path` already says. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
