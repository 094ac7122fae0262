import { createHmac, type KeyObject, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as the provider saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly bearer: string | undefined;
}

/** What is answered instead of the documented behaviour. */
export interface OddAnswer {
  readonly status?: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  /** `half`: the body is cut off; `silent`: nothing at all; `close`: the connection ends; `huge`: without an end. */
  readonly manner?: 'half' | 'silent' | 'close' | 'huge';
}

type Behaviour = (request: SeenRequest) => OddAnswer | undefined | Promise<OddAnswer | undefined>;

const APP = { id: 'app-1', secret: 'app-secret-1' };
const refused = (status: number, error: unknown): OddAnswer => ({ status, body: { error } });
const unauthenticated = refused(401, { code: 401, status: 'UNAUTHENTICATED', message: 'invalid credentials' });
const facebookError = (code: number, subcode?: number): OddAnswer =>
  refused(400, {
    message: 'refused',
    type: 'OAuthException',
    code,
    ...(subcode !== undefined && { error_subcode: subcode }),
  });

/** Google's and Facebook's APIs, as far as they are documented and used: with their checks and their errors. */
export class ProviderServer {
  /** Makes a request end otherwise; undefined lets it end as documented. */
  behaviour: Behaviour = () => undefined;
  readonly requests: SeenRequest[] = [];
  /** What is known of refresh tokens: the token that replaces it, or null for one that was revoked. */
  readonly refreshTokens = new Map<string, string | null>();
  /** Public keys of service accounts, by address. */
  readonly serviceAccounts = new Map<string, KeyObject>();
  /** Facebook's tokens: until when they are valid (seconds; 0: for ever), or the subcode that says why not. */
  readonly facebookTokens = new Map<string, { expiresAt?: number; subcode?: number }>();
  readonly issued = new Set<string>();
  refreshTokenSeconds: number | undefined;
  permissionLevel = 'siteOwner';
  private count = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  static readonly app = APP;

  static async start(): Promise<ProviderServer> {
    const provider = new ProviderServer();
    provider.server.on('connection', (socket: Socket) => {
      provider.sockets.add(socket);
      socket.on('close', () => provider.sockets.delete(socket)).on('error', () => undefined);
    });
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The settings that lead an application here. */
  get environment(): NodeJS.ProcessEnv {
    return {
      GOOGLE_OAUTH_URL: this.url,
      GOOGLE_ANALYTICS_DATA_URL: this.url,
      GOOGLE_SEARCH_CONSOLE_URL: this.url,
      FACEBOOK_GRAPH_URL: `${this.url}/v23.0`,
    };
  }

  reset(): void {
    this.behaviour = () => undefined;
    this.requests.length = 0;
  }

  requestsTo(path: string | RegExp): SeenRequest[] {
    return this.requests.filter((request) =>
      typeof path === 'string' ? request.path === path : path.test(request.path),
    );
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(message.url ?? '/', this.url);
    const request: SeenRequest = {
      method: message.method ?? '',
      path: pathname,
      query: searchParams,
      form: new URLSearchParams(await text(message)),
      bearer: /^Bearer (.+)$/.exec(message.headers.authorization ?? '')?.[1],
    };
    this.requests.push(request);
    const answer = (await this.behaviour(request)) ?? this.documented(request);
    if (answer.delayMs) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
    await this.send(response, answer);
  }

  private async send(response: ServerResponse, { status = 200, body = {}, headers, manner }: OddAnswer) {
    if (manner === 'silent') return;
    if (manner === 'close') return void response.destroy();
    const content = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json; charset=UTF-8', ...headers });
    if (manner === 'half') {
      response.write(content.slice(0, -2));
      setTimeout(() => response.destroy(), 20);
      return;
    }
    if (manner === 'huge') {
      response.write('{"a":"');
      while (!response.destroyed) {
        if (!response.write('a'.repeat(65_536))) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      }
      return;
    }
    response.end(content);
  }

  private documented(request: SeenRequest): OddAnswer {
    if (request.path === '/token') return this.token(request.form);
    if (request.path.startsWith('/v23.0/')) return this.graph(request);
    if (!request.bearer || !this.issued.has(request.bearer)) return unauthenticated;
    const [, property] = /^\/v1beta\/properties\/(\d+)\/metadata$/.exec(request.path) ?? [];
    if (property) return { body: { name: `properties/${property}/metadata` } };
    if (request.path === '/webmasters/v3/sites') return { body: { siteEntry: [] } };
    const [, site] = /^\/webmasters\/v3\/sites\/([^/]+)$/.exec(request.path) ?? [];
    if (site) return { body: { siteUrl: decodeURIComponent(site), permissionLevel: this.permissionLevel } };
    return refused(404, { code: 404, status: 'NOT_FOUND', message: 'nothing here' });
  }

  private token(form: URLSearchParams): OddAnswer {
    const isAssertion = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    if (isAssertion) return this.isAsserted(form.get('assertion') ?? '') ? this.issue() : this.invalidGrant();
    const token = form.get('refresh_token') ?? '';
    if (form.get('grant_type') !== 'refresh_token' || !form.get('client_id') || !form.get('client_secret'))
      return { status: 400, body: { error: 'invalid_request' } };
    const next = this.refreshTokens.get(token);
    if (next === null) return this.invalidGrant();
    return this.issue({
      ...(next !== undefined && { refresh_token: next }),
      ...(this.refreshTokenSeconds !== undefined && { refresh_token_expires_in: this.refreshTokenSeconds }),
    });
  }

  private issue(more: object = {}): OddAnswer {
    this.count += 1;
    const token = `access-${this.count}-${Math.random().toString(36).slice(2)}`;
    this.issued.add(token);
    return { body: { access_token: token, expires_in: 3_599, token_type: 'Bearer', ...more } };
  }

  private invalidGrant(): OddAnswer {
    return { status: 400, body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' } };
  }

  private isAsserted(assertion: string): boolean {
    const [header = '', claims = '', signature = ''] = assertion.split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    const { iss, aud, exp, iat, scope } = read(claims);
    const key = this.serviceAccounts.get(String(iss));
    const isInTime = Number(exp) - Number(iat) <= 3_600 && Math.abs(Number(iat) - Date.now() / 1_000) < 300;
    if (!key || aud !== `${this.url}/token` || !isInTime || !String(scope).includes('.readonly')) return false;
    if (read(header)['alg'] !== 'RS256') return false;
    return verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'));
  }

  private graph({ path, query }: SeenRequest): OddAnswer {
    const place = path.slice('/v23.0/'.length);
    if (place === 'debug_token') return this.debugToken(query);
    if (place === 'oauth/access_token') return this.exchange(query);
    const token = query.get('access_token') ?? '';
    const known = this.facebookTokens.get(token);
    if (!known) return facebookError(190, 467);
    if (known.subcode) return facebookError(190, known.subcode);
    const proof = createHmac('sha256', APP.secret).update(token).digest('hex');
    if (query.has('appsecret_proof') && query.get('appsecret_proof') !== proof) return facebookError(100);
    if (query.get('fields') !== 'access_token') return { body: { id: place } };
    this.facebookTokens.set(`page-of-${place}`, { expiresAt: 0 });
    return { body: { id: place, access_token: `page-of-${place}` } };
  }

  private debugToken(query: URLSearchParams): OddAnswer {
    if (query.get('access_token') !== `${APP.id}|${APP.secret}`) return facebookError(190);
    const known = this.facebookTokens.get(query.get('input_token') ?? '') ?? { subcode: 467 };
    if (known.subcode === undefined)
      return { body: { data: { is_valid: true, app_id: APP.id, expires_at: known.expiresAt ?? 0 } } };
    // In here, unlike everywhere else, it is called just so.
    const error = { code: 190, subcode: known.subcode, message: 'not valid' };
    return { body: { data: { is_valid: false, error } } };
  }

  private exchange(query: URLSearchParams): OddAnswer {
    if (query.get('client_id') !== APP.id || query.get('client_secret') !== APP.secret) return facebookError(101);
    const token = query.get('fb_exchange_token') ?? '';
    const known = this.facebookTokens.get(token);
    if (!known || known.subcode) return facebookError(190, known?.subcode ?? 467);
    const long = `long-${token}`;
    this.facebookTokens.set(long, { expiresAt: Math.floor(Date.now() / 1_000) + 5_183_944 });
    return { body: { access_token: long, token_type: 'bearer', expires_in: 5_183_944 } };
  }
}
