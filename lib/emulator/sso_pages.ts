/**
 * The pages that a human sees: approval of a device code, and the authorize endpoint. With
 * `autoApprove` a mere GET approves, so that a program can play the browser.
 */
import { type Call, escapeXml, form, html, redirect, type Reply, ServiceError } from "./http.ts";
import { mayUse } from "./sso_oidc.ts";
import { opaque, type SsoClient, type World } from "./world.ts";

function users(world: World): string[] {
  return world.state.identityCenter.users ?? [world.state.browserUser];
}

/** A form that asks one of the users to approve or to deny. */
export function approvalForm(input: {
  action: string;
  question: string;
  users: string[];
  fields: [string, string][];
}): string {
  const hidden = input.fields.map(([n, v]) =>
    `<input type="hidden" name="${escapeXml(n)}" value="${escapeXml(v)}">`
  ).join("");
  const options = input.users.map((u) => `<option>${escapeXml(u)}</option>`).join("");
  return `<p>${escapeXml(input.question)}</p>
<form method="post" action="${escapeXml(input.action)}">${hidden}
<label>Sign in as <select name="user">${options}</select></label>
<button name="decision" value="approve">Allow access</button>
<button name="decision" value="deny">Deny access</button></form>`;
}

/** What the form says, or a browser that is no person; undefined: the page has to ask. */
export function decisionOf(
  world: World,
  call: Call,
  fields: URLSearchParams,
): "approve" | "deny" | undefined {
  const { autoApprove } = world.state;
  if (call.method === "POST") return fields.get("decision") === "approve" ? "approve" : "deny";
  return autoApprove === "deny" ? "deny" : autoApprove ? "approve" : undefined;
}

/** `GET|POST /device` */
export async function devicePage(world: World, call: Call): Promise<Reply> {
  const fields = call.method === "POST" ? form(call) : call.query;
  const userCode = (fields.get("user_code") ?? "").trim().toUpperCase();
  if (userCode === "") {
    return html(
      "Authorize a device",
      `<form method="get"><label>Code <input name="user_code" autofocus></label><button>Next</button></form>`,
    );
  }
  const device = [...world.sso.devices.values()].find((d) => d.userCode === userCode);
  if (!device || device.status !== "pending" || device.expiresAt <= world.now()) {
    throw new ServiceError(400, "Invalid code", "The code is unknown, used or expired.");
  }
  const decision = decisionOf(world, call, fields);
  if (!decision) {
    return html(
      "Authorization requested",
      approvalForm({
        action: `${call.base}/device`,
        question: `A program asks for access. Its code is ${userCode}.`,
        users: users(world),
        fields: [["user_code", userCode]],
      }),
    );
  }
  device.status = decision === "approve" ? "approved" : "denied";
  device.user = fields.get("user") ?? world.state.browserUser;
  return html(
    decision === "approve" ? "Request approved" : "Request denied",
    "<p>You can close this window.</p>",
  );
}

/** Loopback redirect URIs match whatever their port (RFC 8252 §7.3). */
function redirectRegistered(client: SsoClient, uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const asked = new URL(uri);
  return client.redirectUris.some((r) => {
    const registered = new URL(r);
    registered.port = asked.port;
    return registered.href === asked.href;
  });
}

function back(redirectUri: string, values: Record<string, string | undefined>): Reply {
  const url = new URL(redirectUri);
  for (const [k, v] of Object.entries(values)) if (v !== undefined) url.searchParams.set(k, v);
  return redirect(url.href);
}

const AUTHORIZE = [
  "response_type",
  "client_id",
  "redirect_uri",
  "state",
  "code_challenge_method",
  "code_challenge",
  "scopes",
];

/** What is wrong with an authorize request, as an OAuth error for the redirect (RFC 6749 §4.1.2.1). */
function faultOf(client: SsoClient, q: URLSearchParams): [string, string] | undefined {
  if (q.get("response_type") !== "code") return ["unsupported_response_type", "must be code"];
  if (!mayUse(client, "authorization_code")) {
    return ["unauthorized_client", "the registration is for another grant"];
  }
  if (q.get("code_challenge_method") !== "S256") {
    return ["invalid_request", "code_challenge_method must be S256"];
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(q.get("code_challenge") ?? "")) {
    return ["invalid_request", "code_challenge must be the base64url form of a SHA-256"];
  }
  if (!q.get("state")) return ["invalid_request", "state is missing"];
  const stray = [...q.keys()].find((k) =>
    !AUTHORIZE.includes(k) && !["user", "decision"].includes(k)
  );
  if (stray) return ["invalid_request", `unknown parameter ${stray}`];
  const scopes = (q.get("scopes") ?? "").split(/[ ,]/).filter((s) => s !== "");
  if (scopes.length === 0) return ["invalid_scope", "scopes is missing"];
  if (scopes.some((s) => !client.scopes.includes(s))) {
    return ["invalid_scope", "a scope was not registered"];
  }
  return undefined;
}

/** `GET|POST /authorize` */
export async function authorizePage(world: World, call: Call): Promise<Reply> {
  const q = call.method === "POST" ? form(call) : call.query;
  const client = world.sso.clients.get(q.get("client_id") ?? "");
  if (!client || client.expiresAt <= world.now()) {
    throw new ServiceError(400, "InvalidClientException", "Unknown client");
  }
  const redirectUri = q.get("redirect_uri") ?? "";
  if (!redirectRegistered(client, redirectUri)) {
    throw new ServiceError(400, "InvalidRedirectUriException", "Unregistered redirect URI");
  }
  const state = q.get("state") ?? undefined;
  const fault = faultOf(client, q);
  if (fault) {
    return back(redirectUri, { error: fault[0], error_description: fault[1], state });
  }
  const decision = decisionOf(world, call, q);
  if (!decision) {
    return html(
      "Authorization requested",
      approvalForm({
        action: `${call.base}/authorize`,
        question: "A program asks for access to your accounts.",
        users: users(world),
        fields: AUTHORIZE.map((n) => [n, q.get(n) ?? ""]),
      }),
    );
  }
  if (decision !== "approve") {
    return back(redirectUri, {
      error: "access_denied",
      error_description: "The user denied the request",
      state,
    });
  }
  const code = opaque(world.random, 48);
  world.sso.codes.set(code, {
    code,
    clientId: client.id,
    redirectUri,
    challenge: q.get("code_challenge")!,
    user: q.get("user") ?? world.state.browserUser,
    scopes: q.get("scopes")!.split(/[ ,]/),
    expiresAt: world.now() + 300_000,
    used: false,
  });
  return back(redirectUri, { code, state });
}
