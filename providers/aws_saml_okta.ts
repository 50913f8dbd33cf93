/** Driver `Okta`: the classic engine's authentication API (04 §7.2). */
import { AuthError, type KindContext, Secret } from "../lib/core/types.ts";
import { makeVisitor, readPage, samlResponseIn } from "./aws_saml_html.ts";
import { caBundleOf } from "./aws_sdk.ts";

interface Factor {
  id: string;
  factorType: string;
  provider?: string;
  profile?: { question?: string; phoneNumber?: string; credentialId?: string };
  _embedded?: { challenge?: { correctAnswer?: number | string } };
}

interface Transaction {
  status: string;
  stateToken?: string;
  sessionToken?: string;
  factorResult?: string;
  _embedded?: { factors?: Factor[]; factor?: Factor };
}

const supported = [
  "push",
  "token:software:totp",
  "token",
  "token:hardware",
  "sms",
  "call",
  "question",
];

/** Signs in and returns the SAML response of the application, base64. */
export async function oktaResponse(
  cx: KindContext,
  o: { url: string; username: string; password: Secret },
): Promise<string> {
  const { origin } = new URL(o.url);
  const first = await call(cx, `${origin}/api/v1/authn`, {
    username: o.username,
    password: o.password.reveal(),
    options: { multiOptionalFactorEnroll: false, warnBeforePasswordExpired: false },
  });
  const done = await authenticated(cx, origin, first);
  const session = new Secret(done.sessionToken ?? "");
  const visitor = await makeVisitor(cx, o.url);
  const query = new URLSearchParams({
    checkAccountSetupComplete: "true",
    token: session.reveal(),
    redirectUrl: o.url,
  });
  const visit = await visitor.get(`${origin}/login/sessionCookieRedirect?${query}`);
  const response = samlResponseIn(await readPage(visit.url, visit.html));
  if (response) return response;
  throw needsBrowser();
}

function needsBrowser(): AuthError {
  return new AuthError({
    code: "saml_driver_unsuitable",
    message: "authentication failed: this Okta org needs the Browser driver",
    hints: ["Set `driver: Browser`"],
  });
}

/** Takes a transaction to `SUCCESS`. */
async function authenticated(
  cx: KindContext,
  origin: string,
  transaction: Transaction,
): Promise<Transaction> {
  switch (transaction.status) {
    case "SUCCESS":
      return transaction;
    case "MFA_REQUIRED":
    case "MFA_CHALLENGE":
      return await withFactor(cx, origin, transaction);
    case "PASSWORD_EXPIRED":
      throw failed("the password has expired", "Set a new one in the browser");
    case "LOCKED_OUT":
      throw failed("the account is locked out", "Unlock it, or ask an administrator");
    case "MFA_ENROLL":
    case "MFA_ENROLL_ACTIVATE":
      throw failed("a second factor must be enrolled first", "Enroll one in the browser");
    default:
      throw needsBrowser();
  }
}

function failed(reason: string, hint?: string): AuthError {
  return new AuthError({
    code: "saml_sign_in_failed",
    message: `authentication failed: Okta: ${reason}`,
    hints: hint ? [hint] : [],
  });
}

async function withFactor(
  cx: KindContext,
  origin: string,
  transaction: Transaction,
): Promise<Transaction> {
  const stateToken = transaction.stateToken ?? "";
  const factor = await chooseFactor(cx, transaction._embedded?.factors ?? []);
  const url = `${origin}/api/v1/authn/factors/${encodeURIComponent(factor.id)}/verify`;
  const verify = (passCode?: string) =>
    call(cx, url, {
      stateToken,
      ...(passCode === undefined
        ? {}
        : factor.factorType === "question"
        ? { answer: passCode }
        : { passCode }),
    });
  if (factor.factorType === "push") return await push(cx, verify);
  // SMS and call are sent by the first request, which has no code
  if (factor.factorType === "sms" || factor.factorType === "call") await verify();
  const answer = await ask(cx, factor);
  const next = await verify(answer.reveal());
  if (next.status === "SUCCESS") return next;
  throw failed("the code was refused");
}

async function push(
  cx: KindContext,
  verify: () => Promise<Transaction>,
): Promise<Transaction> {
  const { terminal, clock } = cx.deps;
  terminal.notice("Approve the sign-in in Okta Verify.");
  let shown: string | undefined;
  while (true) {
    const next = await verify();
    if (next.status === "SUCCESS") return next;
    const answer = next._embedded?.factor?._embedded?.challenge?.correctAnswer;
    if (answer !== undefined && String(answer) !== shown) {
      shown = String(answer);
      terminal.notice(`Choose this number in Okta Verify: ${shown}`);
    }
    switch (next.factorResult) {
      case "WAITING":
        await clock.sleep(3000, cx.signal);
        continue;
      case "REJECTED":
        throw failed("the sign-in was rejected in Okta Verify");
      case "TIMEOUT":
        throw failed("nobody approved the sign-in in time");
      case "CANCELLED":
        throw failed("the sign-in was cancelled");
      default:
        throw failed(`unexpected answer ${next.factorResult ?? next.status}`);
    }
  }
}

async function chooseFactor(cx: KindContext, all: Factor[]): Promise<Factor> {
  const usable = all.filter((f) => supported.includes(f.factorType));
  if (usable.length === 0) throw needsBrowser();
  if (usable.length === 1) return usable[0]!;
  if (!cx.mode.prompts) {
    const push = usable.find((f) => f.factorType === "push");
    if (push) return push;
    throw new AuthError({
      code: "login_required",
      message:
        "authentication failed: Okta: a second factor must be chosen and nobody can be asked",
      hints: [`Run \`atmos-auth login\` in a terminal`],
    });
  }
  const chosen = await cx.deps.terminal.select({
    title: "Choose a second factor:",
    options: usable.map((f) => ({ value: f.id, label: factorName(f) })),
  });
  return usable.find((f) => f.id === chosen)!;
}

function factorName(f: Factor): string {
  const names: Record<string, string> = {
    "push": "Okta Verify push",
    "token:software:totp": f.provider === "GOOGLE" ? "Google Authenticator" : "Okta Verify code",
    "token": "Token",
    "token:hardware": "Hardware token",
    "sms": "Text message",
    "call": "Phone call",
    "question": "Security question",
  };
  const detail = f.profile?.phoneNumber;
  return `${names[f.factorType] ?? f.factorType}${detail ? ` (${detail})` : ""}`;
}

async function ask(cx: KindContext, factor: Factor): Promise<Secret> {
  if (!cx.mode.prompts) {
    throw new AuthError({
      code: "login_required",
      message: `authentication failed: Okta: ${
        factorName(factor)
      } is needed and nobody can be asked`,
      hints: [`Run \`atmos-auth login\` in a terminal`],
    });
  }
  return await cx.deps.terminal.secret({
    title: factor.profile?.question ?? "Enter MFA Token",
    description: factorName(factor),
    required: true,
  });
}

/** One step of the authentication API. Passwords and codes are sent once. */
async function call(cx: KindContext, url: string, body: unknown): Promise<Transaction> {
  const caBundle = await caBundleOf(cx.deps);
  const response = await cx.deps.http.request({
    method: "POST",
    url,
    headers: { "content-type": "application/json", "accept": "application/json" },
    body: JSON.stringify(body),
    what: "Okta authentication",
    connectTimeoutMs: 10_000,
    timeoutMs: 30_000,
    attempts: 1,
    redirect: "refuse",
    signal: cx.signal,
    ...(caBundle ? { caBundle } : {}),
  });
  if (response.status === 200) return response.json<Transaction>();
  let code = "", summary = "";
  try {
    const error = response.json<{ errorCode?: string; errorSummary?: string }>();
    code = error.errorCode ?? "";
    summary = error.errorSummary ?? "";
  } catch {
    // no JSON: an org without this API, or a proxy in between
  }
  if (response.status === 404 || (response.status === 403 && code === "")) throw needsBrowser();
  throw failed(`${summary || `HTTP ${response.status}`}${code ? ` (${code})` : ""}`);
}
