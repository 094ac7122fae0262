/**
 * Reads the data of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html); names, ids and
 * comments are left out. An event that is not ended by an empty line is none.
 */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let [rest, size] = ['', 0];
  let data: string[] = [];
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new RangeError('The stream is too large.');
    rest += decoder.decode(chunk, { stream: true });
    // A line feed may follow in the next chunk.
    const end = rest.endsWith('\r') ? rest.length - 1 : rest.length;
    const lines = rest.slice(0, end).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + rest.slice(end);
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
      else if (line === '' && data.length > 0) {
        yield data.join('\n');
        data = [];
      }
    }
  }
}
