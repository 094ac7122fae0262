import { Injectable, Logger } from '@nestjs/common';
import type { Server, Socket } from 'socket.io';
import { Configuration } from '../config/configuration.js';
import { readRoom, roomOf, type RoomSubject } from './room.js';
import { SocketMetrics } from './socket-metrics.js';
import { type Missed, UpdateLog } from './update-log.js';
import { type TravellingUpdate, UpdateStream } from './update-stream.js';

/** What subscribers get. */
type DeliveredUpdate = Record<string, unknown> & { readonly sequence: number | null };

/** A socket that joins a room, and must not get an update twice, or a newer one before an older one. */
interface CatchUp {
  /** What came while it was told what it missed; null when it knows everything up to `floor`. */
  held: DeliveredUpdate[] | null;
  floor: number;
}

/** Brings updates to the sockets of this process, and checks each against the room that it is meant for. */
@Injectable()
export class UpdateDelivery {
  private readonly logger = new Logger(UpdateDelivery.name);
  private readonly product: string;
  private readonly catchUps = new Map<string, Map<Socket, CatchUp>>();
  private server: Server | undefined;
  private isWithheld = false;
  private isOwing = false;

  constructor(
    configuration: Configuration,
    private readonly log: UpdateLog,
    private readonly stream: UpdateStream,
    private readonly metrics: SocketMetrics,
  ) {
    this.product = configuration.product;
  }

  /** Delivers to the sockets of this server from now on. */
  attach(server: Server): void {
    this.server = server;
    this.stream.start({ onUpdate: (update) => this.deliver(update), onLoss: () => this.announceLoss() });
  }

  /** Delivers an update to this process alone, without a number: for when Redis cannot bring it to all. */
  deliverHere(room: string, json: string): void {
    this.deliver({ room, sequence: Number.NaN, json });
  }

  /** Holds everything back while nobody can tell who may still see it; afterwards says that something is missing. */
  withhold(isWithheld: boolean): void {
    this.isWithheld = isWithheld;
    if (isWithheld || !this.isOwing) return;
    this.isOwing = false;
    this.announceLoss();
  }

  /**
   * Lets a socket into a room, and tells it first what it missed after `sequence`.
   * @returns the number from which it knows everything; null while Redis is away
   */
  async join(socket: Socket, subject: RoomSubject, sequence: number | undefined): Promise<number | null> {
    const room = roomOf(this.product, subject);
    const catchUp: CatchUp = { held: [], floor: 0 };
    const waiting = this.catchUps.get(room) ?? new Map<Socket, CatchUp>();
    this.catchUps.set(room, waiting.set(socket, catchUp));
    void socket.join(room);
    const missed = await this.readMissed(subject, sequence);
    if (sequence !== undefined) this.tell(socket, subject, missed);
    this.release(socket, room, catchUp, sequence !== undefined && missed ? missed.sequence : 0);
    return missed?.sequence ?? null;
  }

  isIn(socket: Socket, subject: RoomSubject): boolean {
    return socket.rooms.has(roomOf(this.product, subject));
  }

  /** Lets a socket out of a room. */
  leave(socket: Socket, subject: RoomSubject): void {
    const room = roomOf(this.product, subject);
    this.forget(room, socket);
    void socket.leave(room);
  }

  /** Forgets a socket that is about to be gone, while its rooms are still known. */
  forgetAll(socket: Socket): void {
    for (const room of socket.rooms) this.forget(room, socket);
  }

  private deliver({ room, sequence, json }: TravellingUpdate): void {
    const subject = readRoom(this.product, room);
    if (!subject || !this.server?._nsps.has(`/${subject.topic}`)) return;
    const update = this.check(subject, room, json, Number.isNaN(sequence) ? null : sequence);
    if (!update) return;
    if (this.isWithheld) {
      this.isOwing = true;
      return;
    }
    const apart = this.holdBack(room, update);
    const receivers = this.server.of(`/${subject.topic}`).to(room);
    (apart.length > 0 ? receivers.except(apart) : receivers).emit('update', update);
    this.metrics.countUpdate();
  }

  /** Returns null for an update that is not its room's: whoever wrote it there, nobody may see it. */
  private check(
    { organizationId, resourceId }: RoomSubject,
    room: string,
    json: string,
    sequence: number | null,
  ): DeliveredUpdate | null {
    const update = readUpdate(json);
    if (update?.['organizationId'] === organizationId && update['resourceId'] === resourceId)
      return { ...update, sequence };
    this.metrics.countDropped();
    this.logger.error(`An update was dropped: it is not of the organization or resource of its room ${room}.`);
    return null;
  }

  private async readMissed(subject: RoomSubject, sequence: number | undefined): Promise<Missed | null> {
    // While it reconnects, a command would wait for it.
    if (!this.log.isReady) return null;
    try {
      return await this.log.read(subject, sequence);
    } catch (error) {
      this.logger.warn(`What was missed cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  private tell(socket: Socket, subject: RoomSubject, missed: Missed | null): void {
    const room = roomOf(this.product, subject);
    for (const { sequence, json } of missed?.updates ?? []) {
      const update = this.check(subject, room, json, sequence);
      if (update) socket.emit('update', update);
    }
    if (missed && !missed.isIncomplete) return;
    socket.emit('gap', { resourceId: subject.resourceId, sequence: missed?.sequence ?? null });
  }

  /** Sends what came meanwhile, and lets the socket hear with the others from now on. */
  private release(socket: Socket, room: string, catchUp: CatchUp, floor: number): void {
    for (const update of catchUp.held ?? []) {
      if (update.sequence === null || update.sequence > floor) socket.emit('update', update);
    }
    catchUp.floor = floor;
    catchUp.held = null;
    if (floor === 0) this.forget(room, socket);
  }

  /** Returns the sockets that must not get the update now, and keeps it for those that get it later. */
  private holdBack(room: string, update: DeliveredUpdate): string[] {
    const apart: string[] = [];
    for (const [socket, { held, floor }] of this.catchUps.get(room) ?? []) {
      if (held) held.push(update);
      if (held || (update.sequence !== null && update.sequence <= floor)) apart.push(socket.id);
      else if (update.sequence !== null) this.forget(room, socket);
    }
    return apart;
  }

  private forget(room: string, socket: Socket): void {
    const waiting = this.catchUps.get(room);
    if (waiting?.delete(socket) && waiting.size === 0) this.catchUps.delete(room);
  }

  private announceLoss(): void {
    for (const namespace of this.server?._nsps.values() ?? [])
      namespace.emit('gap', { resourceId: null, sequence: null });
  }
}

function readUpdate(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
