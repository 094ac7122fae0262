import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { answerInvalid, tooLarge } from './web.errors.js';

/** How much of a body is taken, counted after decompression. */
export interface BodyLimit {
  readonly maxBytes: number;
  /** Takes the beginning of what is longer, instead of refusing it. */
  readonly truncates: boolean;
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  br: createBrotliDecompress,
};

/** What was taken of a body. */
export interface ReadBody {
  readonly body: Buffer;
  readonly isTruncated: boolean;
}

/**
 * Reads a body and decompresses it. What grows beyond the limit ends at once, however small it came.
 * @throws WEB_TOO_LARGE, WEB_ANSWER_INVALID
 */
export async function readBody(source: Readable, encoding: string | undefined, limit: BodyLimit): Promise<ReadBody> {
  const decoder = createDecoder(encoding);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const collect = async (stream: AsyncIterable<Buffer>) => {
    for await (const chunk of stream) {
      const room = limit.maxBytes - bytes;
      bytes += chunk.byteLength;
      chunks.push(chunk.byteLength > room ? chunk.subarray(0, room) : chunk);
      if (bytes > limit.maxBytes) return;
    }
  };
  try {
    await (decoder ? pipeline(source, decoder, collect) : pipeline(source, collect));
  } catch (error) {
    // Of what is enough the rest is cut off, and the source may complain of that.
    if (bytes <= limit.maxBytes) throw error;
  }
  if (bytes > limit.maxBytes && !limit.truncates) throw tooLarge(limit.maxBytes);
  return { body: Buffer.concat(chunks), isTruncated: bytes > limit.maxBytes };
}

function createDecoder(encoding: string | undefined): Transform | null {
  const name = encoding?.trim().toLowerCase();
  if (!name || name === 'identity') return null;
  const create = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  // Several on top of each other are nobody's honest answer to what we accept.
  if (!create) throw answerInvalid();
  return create();
}

const DECLARED = /charset\s*=\s*["']?([\w:.-]+)/i;

/** Reads text in the character set that its first bytes, its header or its own declaration name; else UTF-8. */
export function decodeText(body: Buffer, contentTypeHeader: string | undefined): string {
  const declared = DECLARED.exec(contentTypeHeader ?? '') ?? DECLARED.exec(body.toString('latin1', 0, 1_024));
  try {
    return new TextDecoder(markedEncoding(body) ?? declared?.[1] ?? 'utf-8').decode(body);
  } catch {
    // A name that no browser knows either.
    return new TextDecoder().decode(body);
  }
}

function markedEncoding(body: Buffer): string | undefined {
  const mark = body.toString('hex', 0, 3);
  if (mark === 'efbbbf') return 'utf-8';
  return mark.startsWith('fffe') ? 'utf-16le' : mark.startsWith('feff') ? 'utf-16be' : undefined;
}
