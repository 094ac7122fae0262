import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Configuration } from '../../platform/config/configuration.js';
import type { RenewableSecret, Secrets } from '../credentials/renewal.types.js';
import { classify } from './provider-errors.js';
import { ProviderHttp } from './provider-http.js';
import { ProviderProblem } from './provider-problem.js';
import type { ProviderClient, Renewal, RenewalNeed } from './provider.types.js';

interface App {
  readonly id: string;
  readonly secret: string;
}

/** A long-lived token lasts about 60 days, and an expired one cannot be exchanged: half of the time is left for trouble. */
const RENEW_BEFORE_MS = 30 * 24 * 60 * 60 * 1_000;

/** Facebook pages, by the Graph API. */
@Injectable()
export class FacebookPageClient implements ProviderClient {
  readonly provider = 'FACEBOOK_PAGE';

  constructor(
    private readonly configuration: Configuration,
    private readonly http: ProviderHttp,
  ) {}

  /** Only a person's token is exchanged, and only for the app that it was given to. */
  isRenewable(secret: Secrets): boolean {
    this.tokenOf(secret);
    return appOf(secret) !== null && textOf(secret, 'accessToken') !== null;
  }

  needsRenewal(
    { secrets, renewedAt, health }: RenewableSecret & { readonly secrets: Secrets },
    now: Date,
  ): RenewalNeed {
    if (!this.isRenewable(secrets)) return 'no';
    const isEnding = health.expiresAt !== null && health.expiresAt.getTime() - now.getTime() < RENEW_BEFORE_MS;
    const isFresh = renewedAt === null && textOf(secrets, 'pageAccessToken') === null;
    return isEnding || isFresh ? 'soon' : 'no';
  }

  tokenOf(secret: Secrets): string {
    const token = textOf(secret, 'pageAccessToken') ?? textOf(secret, 'accessToken');
    if (token === null) throw new ProviderProblem('untestable', 'TOKEN_MISSING');
    return token;
  }

  /** Exchanges the person's token for a long-lived one, and gets the page's own token with it. */
  async renew(secret: Secrets, property: string | null, signal: AbortSignal): Promise<Renewal> {
    const app = appOf(secret);
    const former = textOf(secret, 'accessToken');
    if (!app || !former) throw new ProviderProblem('untestable', 'SECRET_INCOMPLETE');
    const answer = await this.ask('exchange', 'oauth/access_token', signal, {
      grant_type: 'fb_exchange_token',
      client_id: app.id,
      client_secret: app.secret,
      fb_exchange_token: former,
    });
    const accessToken = textOf(answer, 'access_token');
    if (accessToken === null) throw new ProviderProblem('transient', 'PROVIDER_ANSWER_UNREADABLE');
    const seconds = answer['expires_in'];
    return {
      secrets: { accessToken, ...(await this.pageToken(accessToken, app, property, signal)) },
      ...(typeof seconds === 'number' && { expiresAt: new Date(Date.now() + seconds * 1_000) }),
    };
  }

  /** Asks what the token is worth, where the app is known, and reads the page's id with it. */
  async probe(secret: Secrets, property: string | null, signal: AbortSignal): Promise<Date | null | undefined> {
    const token = this.tokenOf(secret);
    const pageId = requirePage(property);
    const expiresAt = await this.examine(token, appOf(secret), signal);
    const answer = await this.ask('page', pageId, signal, { fields: 'id', ...signed(token, appOf(secret)) });
    if (answer['id'] !== pageId) throw new ProviderProblem('misconfigured', 'PROPERTY_UNKNOWN');
    return expiresAt;
  }

  /** Empty if the page gives none: then what is there stays, and the exchanged token is not lost. */
  private async pageToken(accessToken: string, app: App, property: string | null, signal: AbortSignal) {
    try {
      const credentials = signed(accessToken, app);
      const answer = await this.ask('page-token', requirePage(property), signal, {
        fields: 'access_token',
        ...credentials,
      });
      const pageAccessToken = textOf(answer, 'access_token');
      return pageAccessToken === null ? {} : { pageAccessToken };
    } catch (error) {
      if (error instanceof ProviderProblem) return {};
      throw error;
    }
  }

  private async examine(token: string, app: App | null, signal: AbortSignal): Promise<Date | null | undefined> {
    if (!app) return undefined;
    const answer = await this.ask('debug-token', 'debug_token', signal, {
      input_token: token,
      access_token: `${app.id}|${app.secret}`,
    });
    const data = answer['data'];
    if (typeof data !== 'object' || data === null) throw new ProviderProblem('transient', 'PROVIDER_ANSWER_UNREADABLE');
    const { is_valid: isValid, error, expires_at: ends, data_access_expires_at: dataEnds } = data as Secrets;
    if (isValid === false) {
      // Without an error of its own, "not valid" is the provider's word all the same.
      const body = { error: error ?? { code: 190 } };
      throw classify('facebook', 'debugged-token', { status: 400, body, retryAfterMs: null });
    }
    // 0 stands for never.
    const times = [ends, dataEnds].filter((time): time is number => typeof time === 'number' && time > 0);
    return times.length === 0 ? null : new Date(Math.min(...times) * 1_000);
  }

  private async ask(name: string, path: string, signal: AbortSignal, query: Record<string, string>): Promise<Secrets> {
    const url = new URL(`${this.configuration.get('FACEBOOK_GRAPH_URL')}/${path}`);
    for (const [field, value] of Object.entries(query)) url.searchParams.set(field, value);
    return await this.http.call({ family: 'facebook', name, url, signal });
  }
}

/** The proof is demanded by apps that are set to it, and accepted by all. */
function signed(token: string, app: App | null): Record<string, string> {
  const proof = app && createHmac('sha256', app.secret).update(token).digest('hex');
  return { access_token: token, ...(proof && { appsecret_proof: proof }) };
}

function requirePage(property: string | null): string {
  if (property === null) throw new ProviderProblem('untestable', 'PROPERTY_MISSING');
  if (!/^\d{1,40}$/.test(property)) throw new ProviderProblem('misconfigured', 'PROPERTY_UNKNOWN');
  return property;
}

function appOf(secret: Secrets): App | null {
  const id = textOf(secret, 'appId') ?? textOf(secret, 'app_id');
  const appSecret = textOf(secret, 'appSecret') ?? textOf(secret, 'app_secret');
  return id !== null && appSecret !== null ? { id, secret: appSecret } : null;
}

function textOf(secret: Secrets, field: string): string | null {
  const value = secret[field];
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
