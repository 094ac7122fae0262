import { SetMetadata } from '@nestjs/common';
import { z } from 'zod';
import type { Role } from '../../tenancy/index.js';

type Shape = Readonly<Record<string, z.ZodType>>;

/** What must be said of a tool. Made by {@link declareTool}. */
export interface ToolDeclaration<Inputs extends Shape = Shape> {
  /** kebab-case: `page-fetch`. */
  readonly name: string;
  /** For people and for language models: what it is good for. */
  readonly description: string;
  /** Takes nothing but what is named here. */
  readonly inputs: z.ZodObject<Inputs, z.core.$strict>;
  /** Least role that the actor needs. */
  readonly access: Role;
  /** What the organization must have switched on; null: nothing. */
  readonly feature: string | null;
  /** What an API key needs besides `tools:write`: a tool is no way around the scopes of the routes that show the same. */
  readonly keyScope: string;
  /** After that its signal is aborted and nobody waits for it. */
  readonly timeoutSeconds: number;
}

/** What a tool gets: its inputs as the declaration reads them. */
export type InputsOf<Declaration extends ToolDeclaration> = z.output<Declaration['inputs']>;

type Choices = 'feature' | 'timeoutSeconds';

const DEFAULTS: Pick<ToolDeclaration, Choices> = { feature: null, timeoutSeconds: 20 };

/** Declares a tool. Its name and inputs are a public contract: crews that people made refer to them. */
export function declareTool<Inputs extends Shape>(
  facts: Pick<ToolDeclaration, 'name' | 'description' | 'access' | 'keyScope'> &
    Partial<Pick<ToolDeclaration, Choices>> & { readonly inputs: Inputs },
): ToolDeclaration<Inputs> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(facts.name) || facts.name.length > 60) {
    throw new Error(`"${facts.name}" is not the name of a tool: kebab-case, at most 60 characters.`);
  }
  return Object.freeze({ ...DEFAULTS, ...facts, inputs: z.strictObject(facts.inputs) });
}

export const PROVIDES_TOOL = Symbol('provides a tool');

/** Marks what does the work of a tool; put it on a provider of any module that extends Tool. */
export const ProvidesTool = (declaration: ToolDeclaration): ClassDecorator => SetMetadata(PROVIDES_TOOL, declaration);
