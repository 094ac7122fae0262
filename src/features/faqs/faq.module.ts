import { Module } from '@nestjs/common';
import { UserModule } from '../users/user.module.js';
import { FaqCategoryController } from './faq-category.controller.js';
import { FaqCategoryRepository } from './faq-category.repository.js';
import { FaqCategoryService } from './faq-category.service.js';
import { FaqController } from './faq.controller.js';
import { FaqDocumentController } from './faq-document.controller.js';
import { FaqDocumentRepository } from './faq-document.repository.js';
import { FaqDocumentService } from './faq-document.service.js';
import { FaqEmbeddingRepository } from './faq-embedding.repository.js';
import { FaqEmbeddingService } from './faq-embedding.service.js';
import { FaqKnowledge } from './faq-knowledge.js';
import { FaqReadingRepository } from './faq-reading.repository.js';
import { FaqService } from './faq.service.js';

@Module({
  imports: [UserModule],
  controllers: [FaqCategoryController, FaqDocumentController, FaqController],
  providers: [
    FaqCategoryRepository,
    FaqCategoryService,
    FaqDocumentRepository,
    FaqDocumentService,
    FaqEmbeddingRepository,
    FaqEmbeddingService,
    FaqKnowledge,
    FaqReadingRepository,
    FaqService,
  ],
  exports: [FaqCategoryService, FaqDocumentService, FaqEmbeddingService, FaqService],
})
export class FaqModule {}
