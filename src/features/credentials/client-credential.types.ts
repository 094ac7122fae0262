import { CredentialHealth } from './credential-health.types.js';
import { credentialMissing, credentialUnreadable } from './credential.errors.js';
import type { Provider, StoredCredential } from './credential.types.js';

type Secrets = Readonly<Record<string, unknown>>;

/** Where the values of a credential come from, in the order in which they are looked up. */
interface Sources {
  readonly stored: StoredCredential | null;
  /** The decrypted credential; an Error if it does not open. */
  readonly secrets: Secrets | Error | null;
  readonly column: string | null;
  readonly legacy: Secrets | null;
}

/** A client's access to one service, already loaded and decrypted: its accessors are synchronous and cost nothing. */
abstract class ClientCredential {
  protected abstract readonly provider: Provider;

  constructor(protected readonly sources: Sources) {}

  /** Whether a secret is stored and can be read. */
  get isUsable(): boolean {
    return this.sources.secrets !== null && !(this.sources.secrets instanceof Error);
  }

  get fingerprint(): string | null {
    return this.sources.stored?.fingerprint ?? null;
  }

  get health(): CredentialHealth {
    const { stored, secrets } = this.sources;
    if (secrets instanceof Error) {
      return CredentialHealth.from({
        healthState: 'FAILING',
        healthCheckedAt: null,
        healthEvidence: 'SECRET_UNREADABLE',
      });
    }
    return CredentialHealth.from(stored ?? { healthState: 'UNKNOWN', healthCheckedAt: null });
  }

  /** @throws CREDENTIAL_MISSING if nothing is stored. */
  requireStored(): this {
    if (this.fingerprint === null) throw credentialMissing(this.provider);
    return this;
  }

  /** Returns the decrypted secret. @throws CREDENTIAL_MISSING, CREDENTIAL_UNREADABLE */
  requireSecrets(): Secrets {
    const { secrets } = this.sources;
    if (secrets instanceof Error) throw credentialUnreadable(secrets);
    if (secrets === null) throw credentialMissing(this.provider);
    return secrets;
  }

  /** Field of the decrypted credential, else the client's column, else the legacy JSON's key, else null. */
  protected lookUp(field: string, legacyKey: string): string | null {
    const { secrets, column, legacy } = this.sources;
    const own = secrets instanceof Error ? null : text(secrets?.[field]);
    return own ?? text(column) ?? text(legacy?.[legacyKey]);
  }

  /** Keeps secrets out of logs and answers, whatever prints this object. */
  toJSON(): object {
    return { provider: this.provider, fingerprint: this.fingerprint, health: this.health };
  }
}

export class GoogleAnalyticsCredential extends ClientCredential {
  protected readonly provider = 'GOOGLE_ANALYTICS';

  getPropertyId(): string | null {
    return this.lookUp('propertyId', 'google_analytics_property_id');
  }
}

export class SearchConsoleCredential extends ClientCredential {
  protected readonly provider = 'SEARCH_CONSOLE';

  getPropertyUrl(): string | null {
    return this.lookUp('propertyUrl', 'search_console_property_url');
  }
}

/** Empty text is a missing value: former systems stored it for "none". */
function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
