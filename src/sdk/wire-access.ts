/** Answers of the native API about who may ask for what, as JSON. */

/** An API key, without the key itself. */
export interface WireKey {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
  readonly revokedAt?: string;
}

export interface WireMadeKey extends WireKey {
  readonly key: string;
}

/** A key that seals secrets in the database. */
export interface WireSealingKey {
  readonly id: string;
  readonly isWriting: boolean;
  readonly isInFile: boolean;
  readonly secrets: number;
}

export interface WireRotation {
  readonly resealed: number;
  readonly keys: readonly WireSealingKey[];
}

/** An OAuth 2.0 client, without its secrets. */
export interface WireApiClient {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly scopes?: readonly string[];
  readonly createdBy: string;
  readonly createdAt: string;
  readonly revokedAt?: string;
  /** Newest first; those that have ended are not there. */
  readonly secrets: readonly {
    readonly createdAt: string;
    readonly endsAt?: string;
    readonly lastUsedAt?: string;
  }[];
}

export interface WireMadeApiClient extends WireApiClient {
  readonly secret: string;
}

export interface WireAccess {
  readonly name: string;
  readonly permissions: readonly string[];
}
