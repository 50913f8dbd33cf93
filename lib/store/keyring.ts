/** What a keyring entry holds (03 §6.2): the reference writes `type` and `data` only. */
export interface Envelope {
  type: string;
  /** Plain JSON with secrets in clear: it exists only between a store and its codec. */
  data: Record<string, unknown>;
  realm?: string;
  alias?: string;
  owner?: "identity" | "provider";
  issued_at?: string;
  v?: number;
}

export interface StoreFacts {
  /** Type name as shown: `system-keyring`, `file`, `memory`, `noop`. */
  type: string;
  location: string;
  locked: boolean;
  available: boolean;
  reason?: string;
}

/** A raw keyring: text under keys (03 §6.3). Not found is a value, not an exception. */
export interface RawStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  /** True when something was removed; idempotent. */
  delete(key: string): Promise<boolean>;
  /** Keys beginning `atmos_`. */
  list(): Promise<string[]>;
  describe(): Promise<StoreFacts>;
}
