import { Controller, Get, Res } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Endpoint } from '../http/endpoint.decorator.js';
import type { WorkerState } from '../queue/queue-probe.js';
import { type DependencyState, HealthService } from './health.service.js';

class DependencyStates {
  @ApiProperty({ enum: ['up', 'down'] })
  database!: DependencyState;
  @ApiProperty({ enum: ['up', 'down'] })
  redis!: DependencyState;
  @ApiProperty({
    enum: ['up', 'down', 'unknown'],
    description: 'Whether a worker takes jobs. Does not count for the status.',
  })
  worker!: WorkerState;
}

class HealthAnswer {
  @ApiProperty({ enum: ['ok', 'unavailable'] })
  status!: 'ok' | 'unavailable';
  @ApiProperty({ type: DependencyStates, required: false })
  dependencies?: DependencyStates;
}

@ApiTags('health')
@Controller('api/health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @Endpoint({ summary: 'Tells whether the service can serve, like /ready', access: 'public', answer: HealthAnswer })
  async overview(@Res({ passthrough: true }) response: Response): Promise<HealthAnswer> {
    return await this.ready(response);
  }

  @Get('live')
  @Endpoint({ summary: 'Tells that the process runs', access: 'public', answer: HealthAnswer })
  live(): HealthAnswer {
    return { status: 'ok' };
  }

  @Get('ready')
  @Endpoint({
    summary: 'Tells whether the service and what it depends on can serve',
    access: 'public',
    answer: HealthAnswer,
  })
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthAnswer> {
    const { isReady, dependencies } = await this.health.readiness();
    if (!isReady) response.status(503).setHeader('Retry-After', '2');
    return { status: isReady ? 'ok' : 'unavailable', dependencies: { ...dependencies } };
  }
}
