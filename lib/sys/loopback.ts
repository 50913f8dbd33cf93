/** A request that reached a loopback listener. */
export interface LoopbackRequest {
  method: string;
  /** Path with query, as sent. */
  url: URL;
  headers: Headers;
  /** Body, capped; rejects when larger. */
  body(maxBytes: number): Promise<string>;
}

export interface LoopbackAnswer {
  status: number;
  contentType?: string;
  body: string;
}

export interface LoopbackListener extends AsyncDisposable {
  readonly port: number;
}

/** Listening on 127.0.0.1 for the redirect of a browser flow (RFC 8252 §7.3) or a SAML post (04 §7.2). */
export interface Loopback {
  /** Port 0 = any. Throws AuthError `listener_failed`: `failed to start local callback server`. */
  listen(
    port: number,
    handle: (request: LoopbackRequest) => Promise<LoopbackAnswer>,
  ): Promise<LoopbackListener>;
}
