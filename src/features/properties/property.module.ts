import { Module } from '@nestjs/common';
import { PropertyController } from './property.controller.js';
import { PropertyKnowledge } from './property-knowledge.js';
import { PropertyRepository } from './property.repository.js';
import { PropertyService } from './property.service.js';
import { PublishedPropertyController } from './published-property.controller.js';
import { PublishedPropertyRepository } from './published-property.repository.js';
import { PublishedPropertyService } from './published-property.service.js';

@Module({
  controllers: [PropertyController, PublishedPropertyController],
  providers: [
    PropertyKnowledge,
    PropertyRepository,
    PropertyService,
    PublishedPropertyRepository,
    PublishedPropertyService,
  ],
})
export class PropertyModule {}
