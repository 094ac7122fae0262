import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { Configuration } from '../config/configuration.js';
import { DatabasePools } from './database-pools.js';
import { runAsDriver } from './driver-context.js';

/** Hears one channel. Between `onDeaf` and `onHearing` signals may have been missed: nothing kept by them can be trusted. */
export interface SignalListener {
  /** @param payload - what the database announced; ids only, for every process of every product hears it. */
  onSignal(payload: string): void;
  onDeaf?(): void;
  onHearing?(): void;
}

/** What an echo of the heartbeat proves: everything that was committed before it was sent has been heard. */
export interface Echo {
  /** When it was sent, by this process' `performance.now()`. */
  readonly sentAt: number;
  /** The same moment by the database's clock, in microseconds. */
  readonly databaseTime: number;
  /** Which start of which server it was; the clock of another is another clock. */
  readonly server: string;
}

const CONNECT_TIMEOUT_MS = 1_000;
const HEARTBEAT_MS = 500;
/** Without an echo for so long, the connection is taken for dead, whatever TCP says. */
const SILENCE_MS = 1_500;
const RETRY_MS = 250;
const BEAT = `SELECT pg_notify($1, concat_ws(' ', $2::text, floor(extract(epoch FROM clock_timestamp()) * 1000000), extract(epoch FROM pg_postmaster_start_time())))`;
const CHANNEL = /^[a-z_]{1,60}$/;

/**
 * Hears what the database announces (`pg_notify`, mostly in triggers), over a connection of its own.
 * @remarks Announced by the transaction that changed the rows, so SQL from outside the application is heard too, and a
 * rolled-back change is not. A heartbeat goes over the identity pool and back through the announcement: whoever cannot
 * hear it (connection lost, or a pooler in between that does not follow LISTEN) is deaf, and knows.
 */
@Injectable()
export class DatabaseSignals implements OnApplicationShutdown {
  private readonly logger = new Logger(DatabaseSignals.name);
  private readonly listeners = new Map<string, SignalListener[]>();
  private readonly heartbeat = `heartbeat_${randomUUID().replaceAll('-', '')}`;
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private heardAt = 0;
  private listeningSince = Infinity;
  /** Channels that the database was asked for on the open connection, and has not confirmed. */
  private readonly joining = new Set<string>();
  private echo: Echo | undefined;
  private isStarted = false;
  private isStopped = false;

  constructor(
    private readonly configuration: Configuration,
    private readonly pools: DatabasePools,
  ) {}

  /** Whether everything that is announced arrives now. */
  get isHearing(): boolean {
    return this.echo !== undefined;
  }

  /** The last echo of the heartbeat: up to then everything was heard, since `onHearing`. Undefined while deaf. */
  get heard(): Echo | undefined {
    return this.echo;
  }

  /** Hears a channel from now on; the first call opens the connection. */
  hear(channel: string, listener: SignalListener): void {
    if (!CHANNEL.test(channel)) throw new Error(`"${channel}" is not the name of a channel.`);
    this.listeners.set(channel, [...(this.listeners.get(channel) ?? []), listener]);
    if (this.isStarted) this.hearAlso(channel);
    else this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private start(): void {
    this.isStarted = true;
    void this.connect();
  }

  /** What is announced there is heard once the database has heard of it; until the echo of a later beat, we are deaf. */
  private hearAlso(channel: string): void {
    const { client } = this;
    this.turnDeaf();
    // Between two connections: the next one begins with every channel.
    if (!client) return;
    this.joining.add(channel);
    client.query(`LISTEN ${channel}`).then(
      () => {
        if (client !== this.client) return;
        this.joining.delete(channel);
        this.listeningSince = performance.now();
      },
      (error: unknown) => this.lose(error, client),
    );
  }

  private async connect(): Promise<void> {
    if (this.isStopped) return;
    const client = new pg.Client({
      connectionString: this.configuration.get('DATABASE_IDENTITY_URL'),
      application_name: 'bulkhead-signals',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    this.client = client;
    client.on('error', (error) => this.lose(error, client));
    client.on('end', () => this.lose(undefined, client));
    client.on('notification', ({ channel, payload }) => this.receive(channel, payload ?? ''));
    try {
      await client.connect();
      for (const channel of [this.heartbeat, ...this.listeners.keys()]) await client.query(`LISTEN ${channel}`);
      this.heardAt = this.listeningSince = performance.now();
      this.beat(client);
    } catch (error) {
      this.lose(error, client);
    }
  }

  private beat(client: pg.Client): void {
    if (this.isStopped || client !== this.client) return;
    if (performance.now() - this.heardAt > SILENCE_MS) {
      this.lose(new Error('no echo'), client);
      return;
    }
    const nobody = { product: '', organizationId: '', actorId: '' };
    const values = [this.heartbeat, performance.now()];
    // What becomes of it shows in the echo, or in its absence.
    runAsDriver(nobody, () => this.pools.identity.query({ text: BEAT, values })).catch(() => undefined);
    this.timer = setTimeout(() => this.beat(client), this.isHearing ? HEARTBEAT_MS : HEARTBEAT_MS / 5);
    this.timer.unref();
  }

  private receive(channel: string, payload: string): void {
    if (channel !== this.heartbeat) {
      for (const listener of this.listeners.get(channel) ?? []) listener.onSignal(payload);
      return;
    }
    this.heardAt = performance.now();
    const [sentAt, databaseTime, server = ''] = payload.split(' ');
    // One that was on its way when we began to listen proves nothing of the moments before.
    if (Number(sentAt) <= this.listeningSince || this.joining.size > 0) return;
    const wasHearing = this.isHearing;
    this.echo = { sentAt: Number(sentAt), databaseTime: Number(databaseTime), server };
    if (!wasHearing) for (const listener of this.all()) listener.onHearing?.();
  }

  private lose(error: unknown, client = this.client): void {
    if (this.isStopped || client !== this.client) return;
    this.client = undefined;
    this.listeningSince = Infinity;
    this.joining.clear();
    clearTimeout(this.timer);
    client?.end().catch(() => undefined);
    if (this.isHearing) {
      this.logger.warn(
        `The database's announcements are not heard: ${error instanceof Error ? error.message : 'ended'}`,
      );
    }
    this.turnDeaf();
    this.timer = setTimeout(() => void this.connect(), RETRY_MS);
    this.timer.unref();
  }

  private turnDeaf(): void {
    if (!this.isHearing) return;
    this.echo = undefined;
    for (const listener of this.all()) listener.onDeaf?.();
  }

  private all(): SignalListener[] {
    return [...this.listeners.values()].flat();
  }
}
