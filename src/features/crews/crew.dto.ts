import { ApiProperty } from '@nestjs/swagger';
import type { Crew } from '../../generated/prisma/client.js';
import {
  JsonObjectField,
  NestedListField,
  SlugField,
  StringField,
  StringListField,
} from '../../platform/http/fields.js';
import { listQuery } from '../../platform/http/pagination.js';
import { MAX_TASKS, type TaskPlan } from './crew.types.js';

export class CrewListQuery extends listQuery(['name', 'createdAt']) {}

export class CrewTaskFields {
  @SlugField({ description: 'By which other tasks refer to it: {{tasks.<key>.<path>}}.', example: 'read' })
  key!: string;
  @StringField({ max: 200, example: 'Read the home page' })
  name!: string;
  @StringField({ max: 200, description: 'Who does it, for people and for the language model.', example: 'researcher' })
  agent!: string;
  @StringField({ max: 4_000, description: 'What is to be done. May hold templates, as inputs.' })
  instructions!: string;
  @StringField({
    optional: true,
    nullable: true,
    max: 60,
    description: 'Of GET /tools. Without one, the agent writes from what the task depends on.',
    example: 'page-fetch',
  })
  tool?: string | null;
  @JsonObjectField({
    optional: true,
    description:
      'Of the tool. Texts may refer to {{tasks.<key>.<path>}} of tasks that this one depends on, {{inputs.<name>}} of the ' +
      'execution and {{client.id}}; one that is nothing else becomes the value itself.',
    example: { url: '{{inputs.url}}' },
  })
  inputs?: Record<string, unknown>;
  @StringListField({ optional: true, maxItems: MAX_TASKS, max: 60, description: 'Keys of tasks that are done before.' })
  dependsOn?: string[];
}

export class CreateCrew {
  @StringField({ max: 200, example: 'Weekly review' })
  name!: string;
  @StringField({ optional: true, nullable: true, max: 5_000 })
  description?: string | null;
  @NestedListField(() => CrewTaskFields, { minItems: 1, maxItems: MAX_TASKS })
  tasks!: CrewTaskFields[];
}

export class UpdateCrew {
  @StringField({ optional: true, max: 200 })
  name?: string;
  @StringField({ optional: true, nullable: true, max: 5_000 })
  description?: string | null;
  @NestedListField(() => CrewTaskFields, {
    optional: true,
    minItems: 1,
    maxItems: MAX_TASKS,
    description: 'All of them; executions that were asked for before keep theirs.',
  })
  tasks?: CrewTaskFields[];
}

export class TaskPlanAnswer {
  @ApiProperty()
  key!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  agent!: string;
  @ApiProperty()
  instructions!: string;
  @ApiProperty({ type: String, nullable: true })
  tool!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  inputs!: object;
  @ApiProperty({ type: [String] })
  dependsOn!: string[];
}

export class CrewAnswer {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ type: String, nullable: true })
  description!: string | null;
  @ApiProperty({ type: [TaskPlanAnswer] })
  tasks!: TaskPlanAnswer[];
  @ApiProperty()
  isActive!: boolean;
  @ApiProperty({ description: 'Also the ETag of the resource.' })
  version!: number;
  @ApiProperty()
  createdAt!: Date;
  @ApiProperty()
  updatedAt!: Date;

  static from({ id, name, description, tasks, isActive, version, createdAt, updatedAt }: Crew): CrewAnswer {
    const plans = tasks as unknown as readonly TaskPlan[];
    const answers = plans.map((plan) => ({ ...plan, dependsOn: [...plan.dependsOn] }));
    return { id, name, description, tasks: answers, isActive, version, createdAt, updatedAt };
  }
}
