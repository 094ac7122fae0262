import { ApiProperty } from '@nestjs/swagger';
import { JsonObjectField } from '../../platform/http/fields.js';
import { ROLES } from '../../tenancy/index.js';
import type { ToolDescription, ToolResult } from './tool.types.js';

export class ExecuteTool {
  @JsonObjectField({
    description: 'As `inputSchema` of the tool says; nothing else is taken.',
    example: { clientId: '01942f7e-3c1a-7b7e-9d55-1b2c3d4e5f60' },
  })
  inputs!: Record<string, unknown>;
}

export class ToolAnswer {
  @ApiProperty({ example: 'keyword-list' })
  name!: string;
  @ApiProperty()
  description!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'JSON Schema of the inputs.' })
  inputSchema!: object;
  @ApiProperty({ enum: ROLES, description: 'Least role that it needs.' })
  role!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Feature that the organization needs.' })
  feature!: string | null;
  @ApiProperty({ example: 'clients:read', description: 'What an API key needs besides tools:write.' })
  keyScope!: string;
  @ApiProperty()
  timeoutSeconds!: number;

  static from({
    name,
    description,
    inputSchema,
    role,
    feature,
    keyScope,
    timeoutSeconds,
  }: ToolDescription): ToolAnswer {
    return { name, description, inputSchema, role, feature, keyScope, timeoutSeconds };
  }
}

export class ToolResultAnswer {
  @ApiProperty({ example: 'keyword-list' })
  tool!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'At most 64 kB as JSON.' })
  output!: object;

  static from({ tool, output }: ToolResult): ToolResultAnswer {
    return { tool, output };
  }
}
