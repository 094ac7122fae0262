import { Module } from '@nestjs/common';
import { SuperuserService } from './superuser.service.js';
import { UserController } from './user.controller.js';
import { UserRepository } from './user.repository.js';
import { UserService } from './user.service.js';

@Module({
  controllers: [UserController],
  providers: [SuperuserService, UserRepository, UserService],
  exports: [SuperuserService, UserService],
})
export class UserModule {}
