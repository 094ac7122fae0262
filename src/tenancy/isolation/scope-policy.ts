/**
 * Which rows a model belongs to.
 * - ORGANIZATION: one organization's; `key` is the field that holds its id.
 * - PRODUCT: one product's. From inside an organization such a model is read through `through` (a list relation to an
 *   organization-scoped model), or not at all; its `hidden` fields not even then. Rows that name an organization in
 *   `purgedBy` go when it goes.
 * - GLOBAL: everybody's; read-only from inside an organization.
 */
export type ModelScope =
  | { readonly scope: 'ORGANIZATION'; readonly key: string }
  | {
      readonly scope: 'PRODUCT';
      readonly through: string | null;
      readonly hidden?: readonly string[];
      readonly purgedBy?: string;
    }
  | { readonly scope: 'GLOBAL' };

export type ScopePolicy = Readonly<Record<string, ModelScope>>;

const organization: ModelScope = { scope: 'ORGANIZATION', key: 'organizationId' };

/** The scope of every model. A model that is missing here stops the start. */
export const scopePolicy: ScopePolicy = {
  Organization: { scope: 'ORGANIZATION', key: 'id' },
  Membership: organization,
  Invitation: organization,
  Business: organization,
  Integration: organization,
  FacebookPage: organization,
  Client: organization,
  ClientCredential: organization,
  SeoProject: organization,
  Keyword: organization,
  AuditLog: organization,
  AuditHead: organization,
  AuditCheckpoint: organization,
  SupportSession: organization,
  ApiKey: organization,
  OrganizationKey: organization,
  Job: organization,
  ResearchReport: organization,
  Crew: organization,
  CrewExecution: organization,
  CrewTask: organization,
  CrewTaskComment: organization,
  SeoAudit: organization,
  SeoAuditIssue: organization,
  MetaTagSnapshot: organization,
  Optimization: organization,
  Property: organization,
  PropertyTerm: organization,
  User: {
    scope: 'PRODUCT',
    through: 'memberships',
    // The database gives the app role no right on these columns either.
    hidden: [
      'passwordHash',
      'passwordChangedAt',
      'passwordResetHash',
      'passwordResetUntil',
      'platformRole',
      'clerkUserId',
      'homeOrganizationId',
      'deletedAt',
      'deletedBy',
      'version',
    ],
  },
  Session: { scope: 'PRODUCT', through: null },
  SecurityEvent: { scope: 'PRODUCT', through: null },
  IdempotencyKey: { scope: 'PRODUCT', through: null },
  RootKey: { scope: 'PRODUCT', through: null },
  DeadLetter: { scope: 'PRODUCT', through: null },
  WebhookEvent: { scope: 'PRODUCT', through: null },
  FaqCategory: { scope: 'PRODUCT', through: null },
  FaqDocument: { scope: 'PRODUCT', through: null },
  FaqDocumentVersion: { scope: 'PRODUCT', through: null },
  FaqEmbedding: { scope: 'PRODUCT', through: null },
  FaqRelated: { scope: 'PRODUCT', through: null },
  FaqWord: { scope: 'PRODUCT', through: null },
  FaqAnalytics: { scope: 'PRODUCT', through: null },
  ChatConversation: { scope: 'PRODUCT', through: null, purgedBy: 'organizationId' },
  ChatMessage: { scope: 'PRODUCT', through: null, purgedBy: 'organizationId' },
  ChatPrompt: { scope: 'PRODUCT', through: null },
  ChatTool: { scope: 'PRODUCT', through: null },
};
