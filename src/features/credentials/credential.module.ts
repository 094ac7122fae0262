import { Module } from '@nestjs/common';
import { CredentialService } from './credential.service.js';
import { DataKeyRepository } from './data-key.repository.js';
import { DataKeyService } from './data-key.service.js';
import { KeyDestructionService } from './key-destruction.service.js';
import { ResealService } from './reseal.service.js';
import { RootKeyRotationService } from './root-key-rotation.service.js';
import { RotationRepository } from './rotation.repository.js';
import { RotationRunService } from './rotation-run.service.js';
import { RotationService } from './rotation.service.js';
import { SealedColumnService } from './sealed-column.service.js';

@Module({
  providers: [
    CredentialService,
    DataKeyRepository,
    DataKeyService,
    KeyDestructionService,
    ResealService,
    RootKeyRotationService,
    RotationRepository,
    RotationRunService,
    RotationService,
    SealedColumnService,
  ],
  exports: [CredentialService, KeyDestructionService, RotationRunService, SealedColumnService],
})
export class CredentialModule {}
