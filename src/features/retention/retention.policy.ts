import type { Environment } from '../../platform/config/environment.js';

/** What of a table is removed by itself. */
export interface RetentionRule {
  readonly table: string;
  readonly key: readonly string[];
  /** The variable that says how many days a row is kept. */
  readonly days: Extract<keyof Environment, `KEEP_${string}_DAYS`>;
  /** SQL condition of a row `t` that is outdated, for the moment `$before`. */
  readonly isOutdated: string;
}

const isUnused = (...tables: string[]) =>
  tables
    .map(
      (table) => `NOT EXISTS (SELECT FROM ${table} r WHERE r.organization_id = t.organization_id AND r.job_id = t.id)`,
    )
    .join(' AND ');

/**
 * Whatever grows with use and is of none after a while. In this order: messages go before their conversation.
 * Not here: audit logs, which `audit:prune` removes so that the rest proves itself; security events, which are evidence;
 * results, which are the organization's own.
 */
export const RETENTION_POLICY: readonly RetentionRule[] = [
  {
    table: 'jobs',
    key: ['organization_id', 'id'],
    days: 'KEEP_JOBS_DAYS',
    isOutdated: `t.finished_at < $before AND ${isUnused('research_reports', 'crew_executions')}`,
  },
  { table: 'dead_letters', key: ['product', 'id'], days: 'KEEP_JOBS_DAYS', isOutdated: 't.last_at < $before' },
  {
    table: 'sessions',
    key: ['product', 'id'],
    days: 'KEEP_LOG_INS_DAYS',
    isOutdated: 'coalesce(t.ended_at, t.expires_at) < $before',
  },
  {
    table: 'webhook_events',
    key: ['product', 'id'],
    days: 'KEEP_WEBHOOK_EVENTS_DAYS',
    isOutdated: 't.processed_at < $before',
  },
  {
    table: 'chat_messages',
    key: ['product', 'id'],
    days: 'KEEP_CONVERSATIONS_DAYS',
    isOutdated: `EXISTS (
      SELECT FROM chat_conversations c WHERE c.product = t.product AND c.id = t.conversation_id
         AND coalesce(c.last_message_at, c.created_at) < $before)`,
  },
  {
    table: 'chat_conversations',
    key: ['product', 'id'],
    days: 'KEEP_CONVERSATIONS_DAYS',
    isOutdated: `coalesce(t.last_message_at, t.created_at) < $before AND NOT EXISTS (
      SELECT FROM chat_messages m WHERE m.product = t.product AND m.conversation_id = t.id)`,
  },
  {
    table: 'faq_analytics',
    key: ['product', 'day', 'event', 'subject'],
    days: 'KEEP_FAQ_ANALYTICS_DAYS',
    isOutdated: 't.day < $before',
  },
];
