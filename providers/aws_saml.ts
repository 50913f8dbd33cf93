import {
  AuthError,
  type Entry,
  flagAt,
  type KindContext,
  type ProviderDef,
  type Report,
  type SamlCredentials,
  Secret,
  textAt,
} from "../lib/core/types.ts";
import { parseDuration } from "../lib/sys/duration.ts";
import { samlBrowserDir } from "../lib/store/paths.ts";
import { awsProviderPathRefs, joinReports, logoutAwsProvider, regionVariables } from "./aws.ts";
import type { Assertion } from "./aws_saml_assertion.ts";

const drivers = ["Browser", "GoogleApps", "Okta", "ADFS"] as const;
type Driver = typeof drivers[number];

/**
 * Kind `aws/saml`: signs in at a SAML identity provider and hands its assertion to the role that
 * follows (04 §7). The assertion stays in the process.
 */
const definition: ProviderDef = {
  kind: "aws/saml",
  role: "provider",
  hosts: (entry) => {
    const url = URL.parse(textAt(entry.values, "url") ?? "");
    if (!url) return [];
    return [url.protocol === "https:" && !url.port ? url.hostname : url.origin];
  },
  create: () => ({
    prepare: (cx) => {
      settingsOf(cx.entries[0]!);
      roleAfter(cx);
      return Promise.resolve();
    },
    authenticate,
    logout,
    env: (cx) => {
      const { values } = cx.entries[0]!;
      const download: Record<string, string> = flagAt(values, "download_browser_driver")
        ? { SAML2AWS_AUTO_BROWSER_DOWNLOAD: "true" }
        : {};
      return {
        unset: [],
        set: { ...regionVariables(textAt(values, "region")), ...download },
      };
    },
    paths: awsProviderPathRefs,
  }),
};
export default definition;

function invalid(provider: Entry, message: string): AuthError {
  return new AuthError({
    code: "invalid_provider_config",
    message: `invalid provider config: provider "${provider.name}": ${message}`,
  });
}

function settingsOf(provider: Entry): { url: string; region: string; driver?: Driver } {
  const { values } = provider;
  const url = textAt(values, "url");
  if (url === undefined) throw invalid(provider, "url is required for AWS SAML provider");
  if (!/^https?:\/\/[^/]/i.test(url) || !URL.canParse(url)) {
    throw invalid(provider, "invalid URL format");
  }
  const region = textAt(values, "region");
  if (region === undefined) throw invalid(provider, "region is required for AWS SAML provider");
  const given = textAt(values, "driver") ?? textAt(values, "provider_type");
  if (given === undefined) return { url, region };
  const driver = drivers.find((d) => d.toLowerCase() === given.toLowerCase());
  if (driver) return { url, region, driver };
  throw invalid(provider, `driver "${given}" is none of ${drivers.join(", ")}`);
}

/** The role of the next element, which the assertion is for. */
function roleAfter(cx: KindContext): string {
  const next = cx.entries[1];
  if (next === undefined) {
    throw new AuthError({
      code: "invalid_auth_config",
      message: "no role to assume for assertion, SAML provider must be part of a chain",
      hints: ["Log in with an `aws/assume-role` identity that hangs from this provider"],
    });
  }
  const role = textAt(next.values, "principal", "assume_role")?.trim();
  if (next.kind === "aws/assume-role" && role) return role;
  throw new AuthError({
    code: "invalid_identity_config",
    message: next.kind === "aws/assume-role"
      ? `invalid identity config: identity "${next.name}": assume_role is required in principal`
      : `invalid identity config: identity "${next.name}" of kind ${next.kind} cannot use the ` +
        `assertion of "${cx.chain[0]}"; aws/assume-role can`,
  });
}

async function authenticate(cx: KindContext): Promise<SamlCredentials> {
  const provider = cx.entries[0]!;
  const { region } = settingsOf(provider);
  const wanted = roleAfter(cx);
  const { chooseRole, readAssertion } = await import("./aws_saml_assertion.ts");
  const assertion = await readAssertion(await obtain(cx));
  const chosen = chooseRole(assertion, wanted, textAt(provider.values, "spec", "base_role"));
  return {
    type: "saml",
    assertion: assertion.encoded,
    role_arn: chosen.role,
    principal_arn: chosen.principal,
    duration_seconds: durationOf(cx, assertion),
    region,
  };
}

/** Provider's `session.duration`, else the assertion's, else an hour; 15 minutes to 12 hours. */
function durationOf(cx: KindContext, assertion: Assertion): number {
  const provider = cx.entries[0]!;
  const { terminal } = cx.deps;
  const text = textAt(provider.values, "session", "duration");
  let seconds = assertion.sessionDuration ?? 3600;
  if (text !== undefined) {
    const parsed = parseDuration(text);
    if (parsed.ok) seconds = parsed.seconds;
    else terminal.warn(`${provider.name}: ${parsed.reason}; using ${seconds}s.`);
  }
  const clamped = Math.min(43_200, Math.max(900, Math.floor(seconds)));
  if (text !== undefined && clamped !== seconds) {
    terminal.warn(
      `${provider.name}: a session of ${text} is outside 15m to 12h; using ${clamped}s.`,
    );
  }
  return clamped;
}

// ---------------------------------------------------------------------------------------------
// Obtaining the assertion (04 §7.1, §7.2)
// ---------------------------------------------------------------------------------------------

async function obtain(cx: KindContext): Promise<string> {
  const file = cx.mode.samlResponseFile ?? cx.deps.env.nonEmpty("ATMOS_SAML_RESPONSE_FILE");
  if (file !== undefined) return await fromFile(cx, file);
  const provider = cx.entries[0]!;
  const { url, driver: explicit } = settingsOf(provider);
  if (textAt(provider.values, "spec", "acs_listen") !== undefined) {
    needPerson(cx);
    const { listenedResponse } = await import("./aws_saml_listen.ts");
    return await listenedResponse(cx, url);
  }
  const driver = await chooseDriver(cx, explicit);
  switch (driver) {
    case "Okta": {
      const { oktaResponse } = await import("./aws_saml_okta.ts");
      return await oktaResponse(cx, { url, ...await passwordOf(cx) });
    }
    case "ADFS": {
      const { adfsResponse } = await import("./aws_saml_adfs.ts");
      return await adfsResponse(cx, { url, ...await passwordOf(cx) });
    }
    case "Browser":
    case "GoogleApps": // its page refuses scripted sign-ins, so the browser serves it too
      return await withBrowser(cx, url);
  }
}

async function fromFile(cx: KindContext, path: string): Promise<string> {
  const text = path === "-"
    ? await (await import("../lib/sys/stdio.ts")).readStdin(1024 * 1024)
    : await cx.deps.files.readText(path);
  if (text !== undefined) return new Secret(text).reveal();
  throw new AuthError({
    code: "saml_response_file_missing",
    message: `authentication failed: the SAML response file ${path} does not exist`,
  });
}

/** Explicit, else a browser that can show a window here, else by the address (04 §7.1). */
async function chooseDriver(cx: KindContext, explicit: Driver | undefined): Promise<Driver> {
  if (explicit) return explicit;
  const provider = cx.entries[0]!;
  const { findBrowser } = await import("./aws_saml_browser.ts");
  const preferred = flagAt(provider.values, "download_browser_driver") ?? false;
  const interactive = cx.mode.browserFlows && (preferred || cx.deps.terminal.canOpenBrowser);
  if (interactive && findBrowser(cx.deps, provider) !== undefined) return "Browser";
  const url = settingsOf(provider).url.toLowerCase();
  if (url.includes("accounts.google.com")) return "GoogleApps";
  if (url.includes("okta.com")) return "Okta";
  return url.includes("adfs") ? "ADFS" : "Browser";
}

function needPerson(cx: KindContext): void {
  if (cx.mode.browserFlows) return;
  throw new AuthError({
    code: "login_required",
    message: `a SAML sign-in at ${new URL(settingsOf(cx.entries[0]!).url).host} is needed and ` +
      "nobody can be asked here",
    hints: [
      `Run \`atmos-auth login\` in a terminal`,
      "Or hand in a response with `--saml-response-file`",
    ],
  });
}

async function withBrowser(cx: KindContext, url: string): Promise<string> {
  needPerson(cx);
  const { browserResponse, findBrowser } = await import("./aws_saml_browser.ts");
  const executable = findBrowser(cx.deps, cx.entries[0]!);
  if (executable !== undefined) {
    cx.deps.terminal.notice(`Sign in at ${new URL(url).host} in the browser window.`);
    return await cx.deps.terminal.during(
      "Waiting for authentication",
      () => browserResponse(cx, { url, executable }),
    );
  }
  if (cx.mode.prompts) return await pasted(cx, url);
  throw new AuthError({
    code: "browser_missing",
    message: "authentication failed: no Chromium-family browser is installed for the SAML sign-in",
    hints: [
      "Install Chrome, Chromium, Edge or Brave, or set `browser_executable_path`",
      "Set `spec.acs_listen`, or hand in a response with `--saml-response-file`",
    ],
  });
}

/** The user signs in elsewhere and pastes the form field that goes to AWS. */
async function pasted(cx: KindContext, url: string): Promise<string> {
  cx.deps.terminal.notice(
    `\nNo browser was found. Sign in at this address on any machine:\n\n${url}\n\nand copy the ` +
      "form field SAMLResponse of the request to AWS (developer tools, network).\n",
  );
  const answer = await cx.deps.terminal.secret({ title: "SAML Response", required: true });
  return answer.reveal();
}

async function passwordOf(cx: KindContext): Promise<{ username: string; password: Secret }> {
  const { values } = cx.entries[0]!;
  const username = textAt(values, "username"), password = textAt(values, "password");
  if (username !== undefined && password !== undefined) {
    return { username, password: new Secret(password) };
  }
  if (!cx.mode.prompts) needPerson({ ...cx, mode: { ...cx.mode, browserFlows: false } });
  const { terminal } = cx.deps;
  return {
    username: username ?? await terminal.text({ title: "Username", required: true }),
    password: password === undefined
      ? await terminal.secret({ title: "Password", required: true })
      : new Secret(password),
  };
}

/** Files of the provider; with `--keychain` the browser profile and its cookies too (04 §7.4). */
async function logout(cx: KindContext): Promise<Report> {
  const report = await logoutAwsProvider(cx);
  if (!cx.mode.keychain) return report;
  const base = samlBrowserDir(cx.deps.env, { realm: cx.realm, provider: cx.chain[0]! });
  const reports: Report[] = [];
  for (const profile of [base, `${base}-2`]) {
    if (!cx.deps.files.exists(profile)) continue;
    const part: Report = { removed: [], missing: [], failed: [], notes: [] };
    try {
      await cx.deps.files.removeTree(profile);
      part.removed.push(profile);
    } catch (error) {
      const reason = (error as Error).message;
      part.failed.push({ what: "browser profile", where: profile, reason, secret: true });
    }
    reports.push(part);
  }
  return joinReports(report, ...reports);
}
