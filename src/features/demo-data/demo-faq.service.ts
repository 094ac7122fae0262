import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import { AppError } from '../../platform/errors/app-error.js';
import { FaqCategoryService } from '../faqs/faq-category.service.js';
import { FaqDocumentService } from '../faqs/faq-document.service.js';
import { DEMO_FAQS } from './demo-faqs.js';

/** Published questions of the demo. A category that is there is skipped with all that it holds. */
@Injectable()
export class DemoFaqService {
  constructor(
    private readonly configuration: Configuration,
    private readonly categories: FaqCategoryService,
    private readonly documents: FaqDocumentService,
  ) {}

  async createAll(): Promise<void> {
    for (const [position, { name, faqs }] of (DEMO_FAQS[this.configuration.product] ?? []).entries()) {
      const categoryId = await this.addCategory(name, position);
      if (categoryId === null) continue;
      for (const faq of faqs) await this.documents.add({ ...faq, categoryId, status: 'PUBLISHED' });
    }
  }

  private async addCategory(name: string, position: number): Promise<string | null> {
    try {
      return (await this.categories.add({ name, position })).id;
    } catch (error) {
      if (error instanceof AppError && error.code === 'FAQ_CATEGORY_SLUG_TAKEN') return null;
      throw error;
    }
  }
}
