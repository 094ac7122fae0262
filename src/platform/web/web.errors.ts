import { WebError } from './web.error.js';

export const urlInvalid = () =>
  new WebError('WEB_URL_INVALID', 'unprocessable', 'The address is no http:// or https:// URL without credentials.');

export const portRefused = () =>
  new WebError('WEB_PORT_REFUSED', 'unprocessable', 'Only the ports 80 and 443 of web sites are asked.');

export const addressRefused = () =>
  new WebError('WEB_ADDRESS_REFUSED', 'unprocessable', 'The address is not one of the public Internet.');

/** One answer for names that do not exist and for names of this network: nobody is told which ones there are. */
export const hostUnknown = (cause?: unknown) =>
  new WebError('WEB_HOST_UNKNOWN', 'unprocessable', 'The name of the host leads to no public address.', cause);

export const unreachable = (cause?: unknown) =>
  new WebError('WEB_UNREACHABLE', 'unavailable', 'The site could not be reached, or broke the connection.', cause);

export const tlsFailed = (cause?: unknown) =>
  new WebError('WEB_TLS_FAILED', 'unprocessable', 'The site has no valid certificate for its name.', cause);

export const timedOut = (cause?: unknown) =>
  new WebError('WEB_TIMEOUT', 'unavailable', 'The site did not answer in time.', cause);

export const tooLarge = (maxBytes: number) =>
  new WebError('WEB_TOO_LARGE', 'unprocessable', `The answer has more than ${maxBytes} bytes (uncompressed).`);

export const answerInvalid = (cause?: unknown) =>
  new WebError('WEB_ANSWER_INVALID', 'unprocessable', 'The answer could not be read: broken off or malformed.', cause);

export const tooManyRedirects = (count: number) =>
  new WebError('WEB_TOO_MANY_REDIRECTS', 'unprocessable', `The address leads on more than ${count} times.`);

export const redirectLoop = () =>
  new WebError('WEB_REDIRECT_LOOP', 'unprocessable', 'The address leads back to where it came from.');

const TIMEOUTS = /^(?:UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/;
const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)|^EPROTO$/;
const MALFORMED = /^(?:HPE_|Z_|ERR_(?:_ERROR|BROTLI)|UND_ERR_(?:RES|HEADERS_OVERFLOW))/;

/** Says what an error of the connection, of the protocol or of a decoder means. Mistakes of ours pass. */
export function toWebError(error: unknown): unknown {
  if (error instanceof WebError || typeof error !== 'object' || error === null) return error;
  const { name, code: given } = error as { name?: unknown; code?: unknown };
  return explain(error, String(name), typeof given === 'string' ? given : '');
}

function explain(error: object, name: string, code: string): unknown {
  if (name === 'TimeoutError' || TIMEOUTS.test(code)) return timedOut(error);
  if (/^(?:ENOTFOUND|EAI_\w+|ENODATA)$/.test(code)) return hostUnknown(error);
  if (TLS.test(code)) return tlsFailed(error);
  if (MALFORMED.test(code)) return answerInvalid(error);
  if (code === 'UND_ERR_INVALID_ARG' || code === 'ERR_INVALID_URL') return urlInvalid();
  return /^(?:E[A-Z]+|UND_ERR_\w+|ERR_STREAM_PREMATURE_CLOSE)$/.test(code) ? unreachable(error) : error;
}
