import { modelMap } from '../../src/generated/model-map.js';
import { joinScopes, scopePolicy } from '../../src/tenancy/index.js';

const models = [...joinScopes(modelMap, scopePolicy).values()];
const owned = models.filter(({ scope }) => scope.scope === 'ORGANIZATION');

describe('the scopes of the models', () => {
  it('S3-2 are declared for every model, and for no other', () => {
    expect(Object.keys(scopePolicy).sort()).toEqual(Object.keys(modelMap).sort());
    expect(Object.fromEntries(models.map(({ name, scope }) => [name, scope.scope]))).toMatchSnapshot();
  });

  it.each(owned.map((model) => [model.name, model] as const))(
    'S3-2 S3-17 %s carries the id of its organization first in its key',
    (name, model) => {
      const [, key] = Object.entries(model.compoundKeys)[0] ?? [];
      if (name === 'Organization') return expect(key).toEqual(['id', 'product']);
      expect(model.columns).toMatchObject({ organizationId: 'organization_id', product: 'product' });
      return expect(key?.[0]).toBe('organizationId');
    },
  );

  it('S2-17 give every resource a flag, a time and a person for its deactivation', () => {
    // Rows that live and die with another row, are never deactivated, or end for good (a session, a revoked or destroyed key).
    const without = [
      'FacebookPage',
      'AuditLog',
      'AuditHead',
      'AuditCheckpoint',
      'SecurityEvent',
      'Session',
      'ApiKey',
      'SupportSession',
      'IdempotencyKey',
      'Invitation',
      'OrganizationKey',
      'RootKey',
      'Job',
      'DeadLetter',
      // A question is archived by its status; of the rest nothing is deactivated by itself.
      'FaqDocument',
      'FaqDocumentVersion',
      'FaqEmbedding',
      'FaqRelated',
      'FaqWord',
      'FaqAnalytics',
      'ChatConversation',
      'ChatMessage',
      'ChatPrompt',
      'ChatTool',
    ];
    const flags = { isActive: 'is_active', deletedAt: 'deleted_at', deletedBy: 'deleted_by' };
    for (const model of models.filter(({ name }) => !without.includes(name)))
      expect(model.columns).toMatchObject(flags);
  });
});
