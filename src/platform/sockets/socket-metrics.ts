import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { MetricsService } from '../metrics/metrics.service.js';

/** What Prometheus learns of the sockets. No label holds an organization, a person or an event that a client made up. */
@Injectable()
export class SocketMetrics {
  private readonly connected: Gauge<'namespace'>;
  private readonly messages: Counter<'namespace' | 'code'>;
  private readonly refusals: Counter<'namespace' | 'code'>;
  private readonly ended: Counter<'reason'>;
  private readonly updates: Counter;
  private readonly dropped: Counter;

  constructor({ registry }: MetricsService) {
    const registers = [registry];
    this.connected = new Gauge({
      name: 'sockets_connected',
      help: 'Sockets that are open in this process.',
      labelNames: ['namespace'],
      registers,
    });
    this.messages = new Counter({
      name: 'socket_messages_total',
      help: 'Messages of clients, by what they were answered with.',
      labelNames: ['namespace', 'code'],
      registers,
    });
    this.refusals = new Counter({
      name: 'socket_refusals_total',
      help: 'Handshakes that were refused.',
      labelNames: ['namespace', 'code'],
      registers,
    });
    this.ended = new Counter({
      name: 'sockets_ended_total',
      help: 'Sockets that this process ended, by the reason.',
      labelNames: ['reason'],
      registers,
    });
    this.updates = new Counter({
      name: 'socket_updates_total',
      help: 'Updates that were brought to a room of this process.',
      registers,
    });
    this.dropped = new Counter({
      name: 'socket_updates_dropped_total',
      help: 'Updates that were not of the organization of their room. Anything above 0 is a defect or an attack.',
      registers,
    });
  }

  countConnected(namespace: string, difference: 1 | -1): void {
    this.connected.inc({ namespace }, difference);
  }

  countMessage(namespace: string, code: string): void {
    this.messages.inc({ namespace, code });
  }

  countRefusal(namespace: string, code: string): void {
    this.refusals.inc({ namespace, code });
  }

  countEnded(reason: string): void {
    this.ended.inc({ reason });
  }

  countUpdate(): void {
    this.updates.inc();
  }

  countDropped(): void {
    this.dropped.inc();
  }
}
