import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { PROVIDES_TOOL, type ToolDeclaration } from './tool-declaration.js';
import { Tool } from './tool.js';

/** A tool with what it says of itself. */
export interface DeclaredTool {
  readonly declaration: ToolDeclaration;
  readonly tool: Tool;
}

/** Knows every tool of the application, whichever module has it. */
@Injectable()
export class ToolRegistry implements OnModuleInit {
  private readonly tools = new Map<string, DeclaredTool>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    for (const { instance, metatype } of this.discovery.getProviders()) {
      const declaration = metatype && this.reflector.get<ToolDeclaration | undefined>(PROVIDES_TOOL, metatype);
      if (!declaration) continue;
      const tool: unknown = instance;
      if (!isTool(tool)) throw new Error(`${metatype.name} must extend Tool.`);
      const known = this.tools.get(declaration.name);
      if (known && known.tool !== tool) throw new Error(`Two tools are called ${declaration.name}.`);
      this.tools.set(declaration.name, { declaration, tool });
    }
  }

  find(name: string): DeclaredTool | undefined {
    return this.tools.get(name);
  }

  /** Returns them by name. */
  list(): readonly DeclaredTool[] {
    return [...this.tools.values()].sort((a, b) => (a.declaration.name < b.declaration.name ? -1 : 1));
  }
}

function isTool(value: unknown): value is Tool {
  return value instanceof Tool;
}
