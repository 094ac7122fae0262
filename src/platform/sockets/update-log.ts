import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { REDIS } from '../redis/redis.module.js';

/** So much of each organization and topic can be replayed. */
export const MOST_KEPT = 1_000;
export const KEPT_FOR_MS = 60 * 60_000;
/** The position outlives the updates, so that a quiet topic is not taken for a lost one. */
const POSITION_KEPT_FOR_MS = 24 * 60 * 60_000;
/** Of all organizations; what a process may fall behind before it lost something. */
const MOST_ON_THE_WAY = 20_000;

/** Every key of the sockets in Redis. The connection puts the product in front. */
export const updateKeys = {
  position: (organizationId: string, topic: string) => `organization:${organizationId}:updates:${topic}:position`,
  kept: (organizationId: string, topic: string) => `organization:${organizationId}:updates:${topic}:kept`,
  onTheWay: 'updates:on-the-way',
  number: 'updates:number',
} as const;

/**
 * Numbers an update, keeps it for those who come back, and sends it on its way to every process, in one step: whoever
 * reads finds them in the order of their numbers.
 * A number is the time in microseconds, and never lower than the one before: it stays in order when Redis was emptied.
 * `floor`: what came up to there may be missing from what is kept.
 */
const APPEND = `
  local time = redis.call('time')
  local now = time[1] * 1000000 + time[2]
  local last = tonumber(redis.call('hget', KEYS[1], 'last') or 0)
  local sequence = math.max(last + 1, now)
  local id = string.format('%.0f', sequence)
  if last == 0 then redis.call('hset', KEYS[1], 'floor', string.format('%.0f', sequence - 1)) end
  redis.call('xadd', KEYS[2], id .. '-0', 'resource', ARGV[2], 'update', ARGV[3])
  local cut = redis.call('xtrim', KEYS[2], 'MINID', string.format('%.0f', sequence - ARGV[5] * 1000))
  cut = cut + redis.call('xtrim', KEYS[2], 'MAXLEN', ARGV[4])
  if cut > 0 then
    local oldest = redis.call('xrange', KEYS[2], '-', '+', 'COUNT', 1)[1][1]
    redis.call('hset', KEYS[1], 'floor', string.format('%.0f', tonumber(string.match(oldest, '^%d+')) - 1))
  end
  redis.call('hset', KEYS[1], 'last', id)
  redis.call('pexpire', KEYS[1], ARGV[6])
  redis.call('pexpire', KEYS[2], ARGV[5])
  local number = redis.call('incr', KEYS[4])
  redis.call('xadd', KEYS[3], 'MAXLEN', '~', ARGV[7], '*',
    'number', number, 'room', ARGV[1], 'sequence', id, 'update', ARGV[3])
  return id`;

/** Returns the last number, whether something after the given one is missing, and what is kept of the resource since. */
const READ = `
  local last = redis.call('hget', KEYS[1], 'last')
  if not last then
    local time = redis.call('time')
    last = string.format('%.0f', time[1] * 1000000 + time[2])
    redis.call('hset', KEYS[1], 'last', last, 'floor', last)
    redis.call('pexpire', KEYS[1], ARGV[3])
  end
  if ARGV[1] == '' then return {last, 0, {}} end
  local after = tonumber(ARGV[1])
  if after == tonumber(last) then return {last, 0, {}} end
  if after > tonumber(last) or after < tonumber(redis.call('hget', KEYS[1], 'floor') or last) then
    return {last, 1, {}}
  end
  local entries = redis.call('xrange', KEYS[2], '(' .. ARGV[1] .. '-0', '+')
  if #entries == 0 then return {last, 1, {}} end
  local found = {}
  for _, entry in ipairs(entries) do
    if entry[2][2] == ARGV[2] then
      found[#found + 1] = string.match(entry[1], '^%d+')
      found[#found + 1] = entry[2][4]
    end
  end
  return {last, 0, found}`;

export interface KeptUpdate {
  readonly sequence: number;
  /** As it was published, in JSON. */
  readonly json: string;
}

/** What a client missed. */
export interface Missed {
  /** The number of the last update of the organization and topic. */
  readonly sequence: number;
  /** Whether something cannot be replayed any more: the client must load the resource anew. */
  readonly isIncomplete: boolean;
  readonly updates: readonly KeptUpdate[];
}

/** What was published, in Redis: bounded in number and time, one log for each organization and topic. */
@Injectable()
export class UpdateLog {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** Whether a command would be answered now, rather than wait for a connection. */
  get isReady(): boolean {
    return this.redis.status === 'ready';
  }

  /** Adds an update and sends it to every process. Returns its number. */
  async append(subject: { organizationId: string; topic: string; resourceId: string }, room: string, json: string) {
    const keys = [...keysOf(subject), updateKeys.onTheWay, updateKeys.number];
    const limits = [MOST_KEPT, KEPT_FOR_MS, POSITION_KEPT_FOR_MS, MOST_ON_THE_WAY];
    return Number(await this.redis.eval(APPEND, keys.length, ...keys, room, subject.resourceId, json, ...limits));
  }

  /** Returns what came of the resource after `sequence`; with undefined, only where the numbers stand. */
  async read(
    subject: { organizationId: string; topic: string; resourceId: string },
    sequence: number | undefined,
  ): Promise<Missed> {
    const keys = keysOf(subject);
    const asked = [sequence ?? '', subject.resourceId, POSITION_KEPT_FOR_MS];
    const answer = (await this.redis.eval(READ, keys.length, ...keys, ...asked)) as [string, number, string[]];
    const [last, isIncomplete, found] = answer;
    const updates = found.flatMap((number, index) =>
      index % 2 === 0 ? [{ sequence: Number(number), json: found[index + 1] ?? '{}' }] : [],
    );
    return { sequence: Number(last), isIncomplete: isIncomplete === 1, updates };
  }
}

function keysOf({ organizationId, topic }: { organizationId: string; topic: string }): string[] {
  return [updateKeys.position(organizationId, topic), updateKeys.kept(organizationId, topic)];
}
