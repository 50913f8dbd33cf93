import {
  AuthError,
  type AwsCredentials,
  type Credentials,
  emptyReport,
  type Entry,
  type KindContext,
  type ProviderDef,
  type Report,
  textAt,
} from "../lib/core/types.ts";
import { pollForToken } from "../lib/oauth/device.ts";
import { codeChallenge, codeVerifier } from "../lib/oauth/pkce.ts";
import { receiveRedirect } from "../lib/oauth/redirect.ts";
import { baseDir, join, provisionedFile, segment } from "../lib/store/paths.ts";
import {
  awsProviderPathRefs,
  joinReports,
  logoutAwsProvider,
  regionVariables,
  wholeSeconds,
} from "./aws.ts";
import { allowedHost, endpointFor } from "./aws_endpoints.ts";
import { awsFault, endpointOf } from "./aws_sdk.ts";
import {
  authorizeUrl,
  callbackPath,
  createToken,
  type DeviceAuthorization,
  oauthCode,
  placeOf,
  readSession,
  registerClient,
  type Registration,
  removeSession,
  sessionFile,
  type SsoPlace,
  type SsoSession,
  startDevice,
  type TokenAnswer,
  withSessionLock,
  writeSession,
} from "./aws_sso_session.ts";

/** An access token serves while it has more than this left (04 §6.2). */
const accessTokenMargin = 5 * 60_000;
const codeFlowTimeout = 10 * 60_000;

/**
 * Kind `aws/iam-identity-center`: signs in at the AWS access portal and yields its bearer token
 * (04 §6). The browser is used with an authorization code and PKCE where one can be opened, else
 * with a device code.
 */
const definition: ProviderDef = {
  kind: "aws/iam-identity-center",
  role: "provider",
  hosts: (entry, _config, env) => {
    const { region } = placeOf(entry);
    return (["sso-oidc", "sso"] as const)
      .map((service) => allowedHost(endpointFor(service, region, { root: entry }, env).url));
  },
  create: () => ({
    authenticate: signIn,
    provision: async (credentials, cx) => {
      const { provision } = await import("./aws_sso_provision.ts");
      return await provision(credentials, cx);
    },
    invalidate,
    logout,
    env: (cx) => ({ unset: [], set: regionVariables(textAt(cx.entries[0]!.values, "region")) }),
    paths: awsProviderPathRefs,
  }),
};
export default definition;

/** Cache, refresh, then a person, all under the session's lock (04 §6.2). */
async function signIn(cx: KindContext): Promise<Credentials> {
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

/** `--device-code`, else `spec.flow`, else by the place (04 §6.1). */
function chooseGrant(cx: KindContext): "device" | "code" {
  if (cx.mode.deviceCode) return "device";
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
  if (!device.verificationUriComplete || terminal.ci || !terminal.canOpenBrowser) return;
  if (!await terminal.openBrowser(url)) {
    terminal.notice("The browser could not be opened; open the address above yourself.");
  }
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
        : { otherwise: () => pastedCode(cx, state) }),
    }));
}

/** For a browser on another machine: the address it ends at, copied back (04 Beyond 1). */
async function pastedCode(cx: KindContext, state: string): Promise<string> {
  const answer = await cx.deps.terminal.text({
    title: "Paste the address that the browser shows after the sign-in",
    description: "It begins with http://127.0.0.1 and cannot be opened there; that is expected.",
    required: true,
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
async function invalidate(cx: KindContext): Promise<void> {
  const place = placeOf(cx.entries[0]!);
  await withSessionLock(cx, place, async () => {
    const stored = await readSession(cx.deps, place);
    if (!stored?.accessToken) return;
    const { accessToken: _gone, ...rest } = stored;
    await writeSession(cx.deps, place, { ...rest, expiresAt: 0 });
  });
}

/** Ends the session unless another provider shares it, and removes what it left (04 §6.5). */
async function logout(cx: KindContext): Promise<Report> {
  const provider = cx.entries[0]!;
  const reports = [await logoutSession(cx, placeOf(provider)), await logoutAwsProvider(cx)];
  const { env } = cx.deps;
  const provisioned = provisionedFile(env, provider.name);
  const legacy = join(env, baseDir(env, "cache"), "aws-sso", segment(provider.name), "token.json");
  reports.push(await removeFile(cx, provisioned, "provisioned identities", false));
  if (cx.deps.files.exists(legacy)) {
    reports.push(await removeFile(cx, legacy, "older AWS SSO token", true));
  }
  return joinReports(...reports);
}

async function logoutSession(cx: KindContext, place: SsoPlace): Promise<Report> {
  const sharer = sharedWith(cx, place);
  const file = sessionFile(cx.deps, place);
  if (sharer) {
    const note = `The AWS SSO session stays: provider ${sharer} uses it too.`;
    return { ...emptyReport(), notes: [note] };
  }
  const report = emptyReport();
  if (cx.deps.files.exists(file) || await readSession(cx.deps, place) !== undefined) {
    if (!cx.mode.local) await endOnServer(cx, place, report);
    try {
      await withSessionLock(cx, place, () => removeSession(cx.deps, place));
      report.removed.push(file);
    } catch (error) {
      const reason = (error as Error).message;
      report.failed.push({ what: "AWS SSO token", where: file, reason, secret: true });
    }
  } else report.missing.push(file);
  const accounts = await import("./aws_sso_accounts.ts");
  await accounts.forgetAccounts(cx.deps, place);
  return report;
}

async function endOnServer(cx: KindContext, place: SsoPlace, report: Report): Promise<void> {
  const stored = await readSession(cx.deps, place);
  if (!stored?.accessToken || stored.expiresAt <= cx.deps.clock.now()) return;
  const { endSession } = await import("./aws_sso_portal.ts");
  const signal = AbortSignal.any([cx.signal, AbortSignal.timeout(5000)]);
  try {
    await endSession({ cx: { ...cx, signal }, region: place.region, token: stored.accessToken });
  } catch (error) {
    if (error instanceof AuthError && error.code === "input_rejected") return; // already ended
    report.failed.push({
      what: "AWS SSO session on the server",
      where: place.startUrl,
      reason: (error as Error).message,
      secret: false,
    });
  }
}

/** The name of another configured provider with the same session (03 §3.11). */
function sharedWith(cx: KindContext, place: SsoPlace): string | undefined {
  const own = cx.entries[0]!;
  const same = (entry: Entry) => {
    if (entry.name === own.name || entry.kind !== own.kind) return false;
    try {
      const other = placeOf(entry);
      return other.startUrl === place.startUrl && other.region === place.region;
    } catch {
      return false; // a broken entry shares nothing
    }
  };
  return cx.config.providers.all().find(same)?.name;
}

async function removeFile(
  cx: KindContext,
  file: string,
  what: string,
  secret: boolean,
): Promise<Report> {
  const report = emptyReport();
  try {
    (await cx.deps.files.remove(file) ? report.removed : report.missing).push(file);
  } catch (error) {
    report.failed.push({ what, where: file, reason: (error as Error).message, secret });
  }
  return report;
}
