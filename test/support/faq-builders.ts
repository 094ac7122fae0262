import { randomUUID } from 'node:crypto';
import type { FaqAnswer, FaqCategoryAnswer } from '../../src/features/faqs/faq-admin.dto.js';
import { buildSuperuser, type BuiltUser } from './builders.js';
import type { TestApp } from './test-app.js';

/** Somebody who writes a product's questions, with a category to write into. */
export interface FaqDesk {
  readonly superuser: BuiltUser;
  readonly category: FaqCategoryAnswer;
}

export async function buildFaqDesk(app: TestApp, name = 'Stays'): Promise<FaqDesk> {
  const superuser = await buildSuperuser(app);
  const body = { name, slug: `desk-${randomUUID().slice(0, 8)}` };
  const made = await app.http(superuser).post('/api/v1/admin/faq-categories').send(body).expect(201);
  return { superuser, category: made.body as FaqCategoryAnswer };
}

/** A published question, unless the fields say otherwise. */
export async function buildFaq(
  app: TestApp,
  { superuser, category }: FaqDesk,
  fields: object = {},
): Promise<FaqAnswer> {
  const body = {
    categoryId: category.id,
    question: 'Are pets allowed?',
    answer: 'Dogs are.',
    status: 'PUBLISHED',
    ...fields,
  };
  const made = await app.http(superuser).post('/api/v1/admin/faqs').send(body).expect(201);
  return made.body as FaqAnswer;
}
