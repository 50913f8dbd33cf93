/** Signing in to Identity Center (04 §6.1, §6.2). */
import {
  AuthError,
  type AwsCredentials,
  type Credentials,
  type KindContext,
  type Outlook,
  textAt,
} from "../lib/core/types.ts";
import { pollForToken } from "../lib/oauth/device.ts";
import { codeChallenge, codeVerifier } from "../lib/oauth/pkce.ts";
import { receiveRedirect } from "../lib/oauth/redirect.ts";
import { wholeSeconds } from "./aws.ts";
import { awsFault, endpointOf } from "./aws_sdk.ts";
import {
  authorizeUrl,
  callbackPath,
  createToken,
  type DeviceAuthorization,
  oauthCode,
  readSession,
  registerClient,
  type Registration,
  type SsoSession,
  startDevice,
  type TokenAnswer,
  withSessionLock,
  writeSession,
} from "./aws_sso_session.ts";
import { placeOf, type SsoPlace } from "./aws_sso_place.ts";

/** An access token serves while it has more than this left (04 §6.2). */
const accessTokenMargin = 5 * 60_000;
const codeFlowTimeout = 10 * 60_000;

/** Cache, refresh, then a person, all under the session's lock (04 §6.2). */
export async function signIn(cx: KindContext): Promise<Credentials> {
  const place = placeOf(cx.entries[0]!);
  return await withSessionLock(cx, place, async () => {
    const { deps } = cx;
    const stored = await readSession(deps, place);
    if (stored?.accessToken && !cx.mode.forceRefresh) {
      if (stored.expiresAt - deps.clock.now() > accessTokenMargin) return bearer(stored, place);
    }
    const refreshed = stored && await refresh(cx, place, stored);
    const session = refreshed ?? await interactive(cx, place, stored?.registration);
    await writeSession(deps, place, session);
    return bearer(session, place);
  });
}

/** What {@link signIn} would do with the stored session. */
export async function outlook(cx: KindContext): Promise<Outlook> {
  const stored = await readSession(cx.deps, placeOf(cx.entries[0]!));
  const now = cx.deps.clock.now();
  if (stored?.accessToken && stored.expiresAt - now > accessTokenMargin) {
    return { step: "reuse", text: "use the stored sign-in" };
  }
  if (stored?.refreshToken && stored.registration && stored.registration.expiresAt > now) {
    return { step: "refresh", text: "renew the sign-in without asking" };
  }
  return chooseGrant(cx) === "code"
    ? { step: "browser", text: "open a browser" }
    : { step: "device_code", text: "show a code to type at the sign-in page" };
}

function bearer(session: SsoSession, place: SsoPlace): AwsCredentials {
  return {
    type: "aws",
    bearer: session.accessToken!,
    region: place.region,
    expiration: wholeSeconds(session.expiresAt),
  };
}

function sessionOf(
  answer: TokenAnswer,
  registration: Registration,
  now: number,
  oldRefreshToken?: SsoSession["refreshToken"],
): SsoSession {
  const refreshToken = answer.refreshToken ?? oldRefreshToken;
  return {
    accessToken: answer.accessToken,
    expiresAt: now + answer.expiresIn * 1000,
    registration,
    ...(refreshToken ? { refreshToken } : {}),
  };
}

/**
 * A new access token for the stored refresh token. Undefined when there is none or it is refused:
 * then a person must sign in. A failure of network or server is an error and keeps the cache.
 */
async function refresh(
  cx: KindContext,
  place: SsoPlace,
  stored: SsoSession,
): Promise<SsoSession | undefined> {
  const { refreshToken, registration } = stored;
  const now = cx.deps.clock.now();
  if (!refreshToken || !registration || registration.expiresAt <= now) return undefined;
  try {
    const answer = await createToken(cx, place, registration, { type: "refresh", refreshToken });
    return sessionOf(answer, registration, cx.deps.clock.now(), refreshToken);
  } catch (error) {
    const code = oauthCode(error);
    if (!["invalid_grant", "invalid_client", "expired_token"].includes(code ?? "")) {
      throw tokenFailure(error);
    }
    cx.deps.log.debug(`the AWS SSO refresh token was refused (${code})`);
    await writeSession(cx.deps, place, {
      expiresAt: 0,
      ...(code === "invalid_client" ? {} : { registration }),
    });
    return undefined;
  }
}

function tokenFailure(error: unknown, detail?: string): unknown {
  if (error instanceof AuthError && error.exit === 130) return error;
  return new AuthError({
    code: "sso_token_failed",
    message: `aws sso token creation failed: ${detail ? `${detail}: ` : ""}${
      (error as Error).message
    }`,
    hints: error instanceof AuthError ? error.hints : [],
    cause: error,
  });
}

// ---------------------------------------------------------------------------------------------
// With a person
// ---------------------------------------------------------------------------------------------

async function interactive(
  cx: KindContext,
  place: SsoPlace,
  registration: Registration | undefined,
): Promise<SsoSession> {
  const { terminal } = cx.deps;
  if (!terminal.someoneReads) {
    throw new AuthError({
      code: "login_required",
      message: "AWS SSO device flow requires an interactive terminal (TTY) for user authorization",
      hints: [
        `Log in interactively first: \`atmos-auth login --provider ${cx.chain[0]}\``,
        "In CI use a `github/oidc` provider instead",
      ],
    });
  }
  if (!cx.mode.browserFlows) {
    throw new AuthError({
      code: "login_required",
      message: `the AWS SSO session of ${cx.chain[0]} has ended and a sign-in is needed`,
      hints: [`Run \`atmos-auth login --provider ${cx.chain[0]}\``],
    });
  }
  const grant = chooseGrant(cx);
  if (grant === "code") {
    try {
      return await codeFlow(cx, place, usable(cx, registration, "code"));
    } catch (error) {
      if (!(error instanceof AuthError) || error.code !== "listener_failed") throw error;
      cx.deps.log.debug(`no listener, so a device code is used: ${error.message}`);
    }
  }
  return await deviceFlow(cx, place, usable(cx, registration, "device"));
}

/** `--device-code` and `--qr`, else `spec.flow`, else by the place (04 §6.1). */
function chooseGrant(cx: KindContext): "device" | "code" {
  // a telephone cannot return to a listener of this machine
  if (cx.mode.deviceCode || cx.mode.qr) return "device";
  const flow = textAt(cx.entries[0]!.values, "spec", "flow");
  if (flow === "device") return "device";
  if (flow === "pkce") return "code";
  return cx.deps.terminal.canOpenBrowser ? "code" : "device";
}

function usable(
  cx: KindContext,
  registration: Registration | undefined,
  grant: "device" | "code",
): Registration | undefined {
  return registration?.grant === grant && registration.expiresAt > cx.deps.clock.now() + 15 * 60_000
    ? registration
    : undefined;
}

function startFailure(error: unknown): unknown {
  if (error instanceof AuthError && error.exit === 130) return error;
  return new AuthError({
    code: "sso_device_authorization_failed",
    message: `aws sso device authorization failed: ${(error as Error).message}`,
    hints: error instanceof AuthError && error.hints.length > 0
      ? error.hints
      : ["Check `start_url` and `region` of the provider"],
    cause: error,
  });
}

/** Device authorization grant (RFC 8628), for places without a browser. */
async function deviceFlow(
  cx: KindContext,
  place: SsoPlace,
  known: Registration | undefined,
): Promise<SsoSession> {
  const { clock } = cx.deps;
  const { registration, device } = await startDeviceFlow(cx, place, known);
  await showDevice(cx, device);
  const answer = await cx.deps.terminal.during(
    "Waiting for authentication",
    () =>
      pollForToken({
        intervalSeconds: device.interval,
        expiresInSeconds: device.expiresIn,
        clock,
        signal: cx.signal,
        poll: () => pollOnce(cx, place, registration, device),
      }),
  );
  if (answer) return sessionOf(answer, registration, clock.now());
  throw tokenFailure(new Error("verification code expired"));
}

async function startDeviceFlow(
  cx: KindContext,
  place: SsoPlace,
  known: Registration | undefined,
): Promise<{ registration: Registration; device: DeviceAuthorization }> {
  try {
    if (known) {
      try {
        return { registration: known, device: await startDevice(cx, place, known) };
      } catch (error) {
        if (oauthCode(error) !== "invalid_client") throw error;
      }
    }
    const registration = await registerClient(cx, place, "device");
    return { registration, device: await startDevice(cx, place, registration) };
  } catch (error) {
    throw startFailure(error);
  }
}

async function showDevice(cx: KindContext, device: DeviceAuthorization): Promise<void> {
  const { terminal } = cx.deps;
  const url = device.verificationUriComplete ?? device.verificationUri;
  terminal.notice(
    `\nAWS SSO Authentication Required\n\nVerification Code: ${device.userCode}\n\n${url}\n`,
  );
  await showQr(cx, url);
  if (!device.verificationUriComplete || terminal.ci || !terminal.canOpenBrowser) return;
  if (!await terminal.openBrowser(url)) {
    terminal.notice("The browser could not be opened; open the address above yourself.");
  }
}

/** `--qr`: the same address for a telephone. */
async function showQr(cx: KindContext, url: string): Promise<void> {
  if (!cx.mode.qr) return;
  const { qrText } = await import("../lib/oauth/qr.ts");
  cx.deps.terminal.notice(await qrText(url));
}

async function pollOnce(
  cx: KindContext,
  place: SsoPlace,
  registration: Registration,
  { deviceCode }: DeviceAuthorization,
) {
  try {
    const value = await createToken(cx, place, registration, { type: "device", deviceCode });
    return { state: "done" as const, value };
  } catch (error) {
    switch (oauthCode(error)) {
      case "authorization_pending":
        return { state: "pending" as const };
      case "slow_down":
        return { state: "slow_down" as const };
      case "expired_token":
        throw tokenFailure(error, "verification code expired");
      case "access_denied":
        throw tokenFailure(error, "access denied");
    }
    const fault = awsFault(error);
    const temporary = fault
      ? fault.httpStatus >= 500 || fault.httpStatus === 429
      : error instanceof AuthError && error.code === "network_error";
    if (!temporary) throw tokenFailure(error);
    cx.deps.log.debug(`asking for the token again: ${(error as Error).message}`);
    return { state: "pending" as const };
  }
}

/** Authorization code with PKCE and a loopback redirect (RFC 8252). */
async function codeFlow(
  cx: KindContext,
  place: SsoPlace,
  known: Registration | undefined,
): Promise<SsoSession> {
  for (let attempt = 1;; attempt++) {
    const registration = known && attempt === 1 ? known : await registerForCode(cx, place);
    const verifier = codeVerifier(cx.deps.random, 48);
    const { code, redirectUri } = await browserCode(cx, place, registration, verifier);
    try {
      const answer = await createToken(cx, place, registration, {
        type: "code",
        code,
        redirectUri,
        codeVerifier: verifier,
      });
      return sessionOf(answer, registration, cx.deps.clock.now());
    } catch (error) {
      // a code lost on the way back, or a client the server has forgotten: start over once (04 §4)
      const again = ["invalid_grant", "invalid_client", "authcode_expired"]
        .includes(oauthCode(error) ?? "");
      if (!again || attempt === 2) throw tokenFailure(error);
      cx.deps.terminal.notice("The authorization code was refused; starting the sign-in again.");
    }
  }
}

async function registerForCode(cx: KindContext, place: SsoPlace): Promise<Registration> {
  try {
    return await registerClient(cx, place, "code");
  } catch (error) {
    throw startFailure(error);
  }
}

async function browserCode(
  cx: KindContext,
  place: SsoPlace,
  registration: Registration,
  verifier: string,
): Promise<{ code: string; redirectUri: string }> {
  const { deps } = cx;
  const state = deps.random.uuid();
  const challenge = await codeChallenge(verifier);
  const port = Number(textAt(cx.entries[0]!.values, "spec", "callback_port") ?? 0);
  return await deps.terminal.during("Waiting for authentication", () =>
    receiveRedirect({
      loopback: deps.loopback,
      port,
      path: callbackPath,
      state,
      timeoutMs: codeFlowTimeout,
      timeoutError: () =>
        new AuthError({
          code: "sso_token_failed",
          message: "aws sso token creation failed: nobody signed in within 10 minutes",
        }),
      clock: deps.clock,
      signal: cx.signal,
      start: async (redirectUri) => {
        const url = authorizeUrl({
          endpoint: endpointOf(cx, "sso-oidc", place.region),
          clientId: registration.clientId,
          redirectUri,
          state,
          challenge,
        });
        deps.terminal.notice(
          `\nAWS SSO Authentication Required\n\nYour browser opens this address; if it does not, ` +
            `open it yourself:\n\n${url}\n`,
        );
        if (deps.terminal.canOpenBrowser) await deps.terminal.openBrowser(url);
      },
      ...(deps.terminal.canOpenBrowser || !cx.mode.prompts
        ? {}
        : { otherwise: (signal) => pastedCode(cx, state, signal) }),
    }));
}

/** For a browser on another machine: the address it ends at, copied back (04 Beyond 1). */
async function pastedCode(
  cx: KindContext,
  state: string,
  signal: AbortSignal,
): Promise<string> {
  const answer = await cx.deps.terminal.text({
    title: "Paste the address that the browser shows after the sign-in",
    description: "It begins with http://127.0.0.1 and cannot be opened there; that is expected.",
    required: true,
    signal,
    validate: (value) => {
      const query = URL.parse(value.trim())?.searchParams;
      if (!query?.get("code")) return "This address carries no authorization code";
      return query.get("state") === state ? undefined : "This address is of another sign-in";
    },
  });
  return new URL(answer.trim()).searchParams.get("code")!;
}

// ---------------------------------------------------------------------------------------------

/** After a 401: the access token goes, the refresh token gets its chance (04 §6.2). */
export async function invalidate(cx: KindContext): Promise<void> {
  const place = placeOf(cx.entries[0]!);
  await withSessionLock(cx, place, async () => {
    const stored = await readSession(cx.deps, place);
    if (!stored?.accessToken) return;
    const { accessToken: _gone, ...rest } = stored;
    await writeSession(cx.deps, place, { ...rest, expiresAt: 0 });
  });
}
