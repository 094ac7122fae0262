// @ts-check
import { createHmac } from 'node:crypto';

/** @typedef {{ DATABASE_URL: string, DATABASE_IDENTITY_URL: string, DATABASE_SYSTEM_URL: string, DATABASE_OWNER_URL: string }} DatabaseUrls */

/** @type {Record<keyof DatabaseUrls, string>} */
export const ROLES = {
  DATABASE_URL: 'bulkhead_app',
  DATABASE_IDENTITY_URL: 'bulkhead_identity',
  DATABASE_SYSTEM_URL: 'bulkhead_system',
  DATABASE_OWNER_URL: 'bulkhead_owner',
};

/**
 * Returns the URLs under which the four roles log in to one database of the administrator's server.
 * @param {string} adminUrl
 * @param {string} databaseName
 * @returns {DatabaseUrls}
 */
export function deriveDatabaseUrls(adminUrl, databaseName) {
  const urls = Object.entries(ROLES).map(([name, role]) => {
    const url = new URL(withDatabase(adminUrl, databaseName));
    // Without a host (a socket given as ?host=/folder) a URL cannot hold a user; pg prefers the parameter.
    if (url.hostname === '') url.hostname = 'localhost';
    url.username = role;
    url.password = derivePassword(adminUrl, role);
    // As parameters they would win over those before the host.
    for (const parameter of ['user', 'password']) url.searchParams.delete(parameter);
    return [name, url.href];
  });
  return Object.fromEntries(urls);
}

/**
 * Returns a role's password: the same for everybody who has the administrator's password for that host, so that two
 * checkouts on one server do not lock each other out.
 * @param {string} adminUrl
 * @param {string} role
 */
export function derivePassword(adminUrl, role) {
  const url = new URL(adminUrl);
  const host = ['', 'localhost', '127.0.0.1', '[::1]'].includes(url.hostname) ? 'localhost' : url.hostname;
  const adminPassword = url.password || (url.searchParams.get('password') ?? '');
  return createHmac('sha256', `${host}\n${adminPassword}`).update(role).digest('base64url');
}

/**
 * @param {string} url
 * @param {string} databaseName
 */
export function withDatabase(url, databaseName) {
  const result = new URL(url);
  result.pathname = `/${encodeURIComponent(databaseName)}`;
  return result.href;
}

/**
 * Returns the database that a URL names; empty when it names none.
 * @param {string} url
 */
export function databaseOf(url) {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

/**
 * Returns host, port and path of a URL, fit for people: no user, no password, no parameters.
 * @param {string} url
 * @param {string} defaultPort
 */
export function addressOf(url, defaultPort) {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname || 'localhost'}:${port || defaultPort}${pathname === '/' ? '' : pathname}`;
}
