import { type IdentityStatus, identityStatus, statusOrFailure } from "../../core/status.ts";
import { AuthError } from "../../core/types.ts";
import { identitiesAsked } from "../identity_set.ts";
import { longDuration, shownNow } from "../times.ts";
import { durationFlag } from "../ttl.ts";
import type { CommandContext } from "../types.ts";

/** `auth status` (02 B10): the answer is the exit code. */
export async function run(cx: CommandContext): Promise<number> {
  const format = textOrJson(cx);
  const minTtlSeconds = durationFlag(cx, "min-ttl");
  const core = await cx.core();
  const identities = await identitiesAsked(cx, core);
  const verify = cx.bool("verify");
  if (!verify) cx.narrow("net");
  const all: IdentityStatus[] = [];
  // of many, one that is broken does not hide the others
  const look = cx.bool("all") ? statusOrFailure : identityStatus;
  for (const identity of identities) {
    all.push(
      await look(core, identity, {
        verify,
        ...(minTtlSeconds === undefined ? {} : { minTtlSeconds }),
      }),
    );
  }
  if (format === "json") {
    const shown = all.map(asJson);
    cx.out(JSON.stringify(cx.bool("all") ? shown : shown[0], null, 2) + "\n");
  } else cx.say(all.map((status) => line(cx, status)).join(""));
  return exitCode(all);
}

/** `-f text|json` of commands that only ours has: anything else is a usage error, exit 2. */
export function textOrJson(cx: CommandContext): "text" | "json" {
  const format = cx.text("format") ?? "text";
  if (format === "text" || format === "json") return format;
  throw new AuthError({
    code: "invalid_format",
    message: `invalid format: ${format}`,
    hints: ["Supported formats: text, json"],
    exit: 2,
  });
}

/** 1 when looking failed, 3 when one is missing or over, 4 when one is shorter than asked, else 0. */
function exitCode(all: IdentityStatus[]): number {
  if (all.some(({ failed }) => failed)) return 1;
  if (all.some(({ state }) => state === "missing" || state === "expired")) return 3;
  return all.some(({ state }) => state === "expiring") ? 4 : 0;
}

function asJson(status: IdentityStatus): Record<string, unknown> {
  const { identity, provider, realm, state, expires, secondsLeft, source, reason } = status;
  return {
    identity,
    provider,
    realm,
    state,
    expires: expires === undefined
      ? null
      : new Date(expires).toISOString().replace(/\.\d{3}Z$/, "Z"),
    seconds_left: secondsLeft ?? null,
    source: source ?? null,
    ...(reason === undefined ? {} : { reason }),
  };
}

const marks = { valid: "✓", expiring: "⚠", expired: "✗", missing: "✗", unknown: "ℹ" };

function line(cx: CommandContext, status: IdentityStatus): string {
  const { identity, state, expires, source, reason } = status;
  const now = shownNow(cx.deps.env, cx.deps.clock.now());
  const left = expires === undefined ? "" : longDuration(expires - now);
  const text = {
    valid: left === "" ? "valid" : `valid, ${left} left`,
    expiring: `expiring, ${left} left`,
    expired: reason === undefined ? "expired" : `refused: ${reason}`,
    missing: "no credentials",
    unknown: reason ?? "uses the credentials of its surroundings",
  }[state];
  const from = source === undefined || source === "ambient" ? "" : ` (${source})`;
  return `${marks[state]} ${identity}: ${text}${from}\n`;
}
