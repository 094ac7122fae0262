import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { isUuid } from '../../tenancy/index.js';
import { Configuration } from '../config/configuration.js';
import { DatabaseSignals } from '../database/database-signals.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { CacheKey } from './cache-key.js';
import { type Announcement, ChangeLog } from './change-log.js';
import { SharedStore } from './shared-store.js';
import { VersionedCache } from './versioned-cache.js';

/** What is kept, and how the database says that it changed. */
export interface CacheKind<Value> {
  /** The kind in keys and metrics, as `client-data`. */
  readonly kind: string;
  /** Announces `product organization id version` for each change. */
  readonly channel: string;
  /** Reads the text that a value is loaded as and that Redis keeps. */
  readonly parse: (text: string) => Value;
  /** Makes an object for one reader, which shares nothing that can be changed. */
  readonly copy: (value: Value) => Value;
}

/** Opens caches, one for each kind of value. */
@Injectable()
export class CacheService {
  private readonly reads: Counter<'cache' | 'result'>;
  private readonly loads: Counter<'cache'>;

  constructor(
    private readonly shared: SharedStore,
    private readonly signals: DatabaseSignals,
    private readonly configuration: Configuration,
    metrics: MetricsService,
  ) {
    this.reads = metrics.counter('cache_reads_total', 'Values that were asked for, by where they were found.', [
      'cache',
      'result',
    ]);
    this.loads = metrics.counter('cache_loads_total', 'Statements that read what was not found.', ['cache']);
  }

  /** To be called once for each kind: a second cache of a kind would count and keep by itself. */
  open<Value extends object>({ kind, channel, parse, copy }: CacheKind<Value>): VersionedCache<Value> {
    const toChange = (payload: string): Announcement | null => {
      const [product = '', organizationId, id = '', text] = payload.split(' ');
      const version = Number(text);
      // Other products' changes, and what somebody announced by hand.
      if (product !== this.configuration.product || !isUuid(organizationId) || !(version > 0)) return null;
      return { subject: CacheKey.subjectOf({ product, organizationId }, kind, id), version };
    };
    return new VersionedCache({
      parse,
      copy,
      shared: this.shared,
      listen: (onChange) => new ChangeLog(this.signals, channel, toChange, onChange),
      countRead: (result) => this.reads.inc({ cache: kind, result }),
      countLoad: () => this.loads.inc({ cache: kind }),
    });
  }
}
