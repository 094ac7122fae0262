import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { PublicRoute, UnauthenticatedError } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { isSameSecret } from '../crypto/envelope.js';
import { MetricsService } from './metrics.service.js';

@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: MetricsService,
    private readonly configuration: Configuration,
  ) {}

  /** Public to the door, because its token is the operator's and no actor's. */
  @Get()
  @PublicRoute()
  async render(@Headers('authorization') authorization: string | undefined, @Res() response: Response): Promise<void> {
    if (!isSameSecret(authorization ?? '', `Bearer ${this.configuration.get('METRICS_TOKEN')}`)) {
      throw new UnauthenticatedError('Send the METRICS_TOKEN as bearer token.');
    }
    const { contentType, body } = await this.metrics.render();
    response.type(contentType).send(body);
  }
}
