import { type Core, modeFor } from "../../core/core.ts";
import { openIdentity } from "../../core/open.ts";
import { identityStatus } from "../../core/status.ts";
import { AuthError, type Entry } from "../../core/types.ts";
import { expiryOf } from "../../core/validity.ts";
import { identitiesAsked } from "../identity_set.ts";
import { localInstant, longDuration, shownNow } from "../times.ts";
import { durationFlag } from "../ttl.ts";
import type { CommandContext } from "../types.ts";

/** Renewed when less than this is left, unless `--min-ttl` says otherwise. */
const DEFAULT_TTL_SECONDS = 15 * 60;

/** `auth refresh` (02 B10): renews without asking; exit 3 when a sign-in is needed. */
export async function run(cx: CommandContext): Promise<number> {
  const asked = durationFlag(cx, "min-ttl");
  const core = await cx.core();
  let code = 0;
  const identities = await identitiesAsked(cx, core);
  for (const identity of identities) {
    try {
      code = worse(code, await refresh(cx, core, identity, asked));
    } catch (error) {
      // one failure does not stop the others
      if (identities.length === 1 || !(error instanceof AuthError) || error.exit === 130) {
        throw error;
      }
      cx.err(`✗ ${identity.name}: ${error.message}\n`);
      code = worse(code, 1);
    }
  }
  return code;
}

/** 1 before 3 before 4 before 0. */
function worse(a: number, b: number): number {
  const order = [0, 4, 3, 1];
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

async function refresh(
  cx: CommandContext,
  core: Core,
  identity: Entry,
  asked: number | undefined,
): Promise<number> {
  const least = asked ?? DEFAULT_TTL_SECONDS;
  const status = await identityStatus(core, identity, { minTtlSeconds: least });
  if (status.source === "ambient") {
    cx.err(`ℹ ${identity.name}: uses the credentials of its surroundings, nothing to renew\n`);
    return 0;
  }
  if (status.state === "valid" && !cx.bool("force")) {
    cx.err(`✓ ${identity.name}: still valid${until(cx, status.expires)}\n`);
    return 0;
  }
  try {
    const session = await openIdentity(core, identity, modeFor(core, "silent", { fresh: true }), {
      required: false,
      event: "refresh",
    });
    const end = session.credentials === null ? undefined : expiryOf(session.credentials);
    const expires = typeof end === "number" ? end : undefined;
    cx.err(`✓ ${identity.name}: renewed${until(cx, expires)}\n`);
    const left = expires === undefined ? Infinity : expires - core.deps.clock.now();
    return asked !== undefined && left < asked * 1000 ? 4 : 0;
  } catch (error) {
    if (!(error instanceof AuthError) || error.exit === 130) throw error;
    return failed(cx, identity, error);
  }
}

/** A missing sign-in is an answer; anything else is an error of its own. */
function failed(cx: CommandContext, identity: Entry, error: AuthError): number {
  if (!needsLogin(error)) throw error;
  cx.err(
    `✗ ${identity.name}: a sign-in is needed\n` +
      `💡 Run \`${cx.prog} login --identity ${identity.name}\`\n`,
  );
  cx.deps.log.debug(`${identity.name}: ${error.message}`);
  return 3;
}

/** What a person at the keyboard can give. */
const givenByPerson = [
  "login_required",
  "no_credentials",
  "credentials_expired",
  "mfa_code_needed",
  "aws_user_not_configured",
];

function needsLogin(error: AuthError): boolean {
  for (let at: unknown = error; at instanceof AuthError; at = at.cause) {
    if (givenByPerson.includes(at.code)) return true;
  }
  return false;
}

function until(cx: CommandContext, expires: number | undefined): string {
  if (expires === undefined) return "";
  const left = longDuration(expires - shownNow(cx.deps.env, cx.deps.clock.now()));
  return ` until ${localInstant(expires)} (${left})`;
}
