import { readFileSync } from 'node:fs';
import { filesUnder } from './project-files.js';

const gateways = filesUnder('src', '.gateway.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }));

describe('gateways', () => {
  it('extend the organization-aware base, or say that they are public', () => {
    const unbound = gateways.filter(
      ({ text }) =>
        !/^@SocketNamespace\([^]*\bextends OrganizationAwareGateway\b/m.test(text) &&
        !/^@PublicSocketNamespace\(/m.test(text) &&
        !/^export abstract class OrganizationAwareGateway\b/m.test(text),
    );
    expect(unbound.map(({ path }) => path)).toEqual([]);
    expect(gateways.length).toBeGreaterThan(9);
  });

  it('are made by those two decorators only', () => {
    const others = filesUnder('src', '.ts').filter(
      (path) =>
        path !== 'src/platform/sockets/socket-namespace.decorator.ts' &&
        /@?\bWebSocketGateway\b/.test(readFileSync(path, 'utf8')),
    );
    expect(others).toEqual([]);
  });

  it('name no room: only the server does, in one place', () => {
    const naming = filesUnder('src', '.ts').filter((path) => /\bsocket\.join\(/.test(readFileSync(path, 'utf8')));
    expect(naming).toEqual(['src/platform/sockets/update-delivery.ts']);
  });
});
