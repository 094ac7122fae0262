import { Module } from '@nestjs/common';
import { CredentialModule } from '../credentials/credential.module.js';
import { ReassignmentRepository } from './reassignment.repository.js';
import { ReassignmentService } from './reassignment.service.js';

@Module({
  imports: [CredentialModule],
  providers: [ReassignmentRepository, ReassignmentService],
  exports: [ReassignmentService],
})
export class ReassignmentModule {}
