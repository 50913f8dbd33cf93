/** Faults on order: what goes wrong, at which operation, and at which call of it. */
import type { Protocol } from "./http.ts";
import { type Reply, ServiceError } from "./http.ts";

/**
 * What happens instead of the ordinary answer. As text: `throttle`, `http:STATUS` (an HTML page of a
 * load balancer), `aws:CODE`, `oauth:ERROR`, `truncate` (performed, body cut in half), `reset` (not
 * performed, connection cut), `lose` (performed, connection cut before the answer), `timeout`
 * (performed never, answered never), `delay:MS`.
 */
export type FaultReply =
  | string
  | { do: "throttle"; retryAfter?: number }
  | { do: "error"; status: number; code: string; message?: string }
  | { do: "answer"; status: number; body: string; contentType?: string }
  | { do: "truncate" | "reset" | "lose" | "timeout" }
  | { do: "delay"; ms: number };

/** One order. */
export interface Fault {
  /** Operation such as `sts.AssumeRole`, or `sso.*`, or `*`. */
  at: string;
  /** Counted from when the order was given; default 1. */
  nth?: number;
  /** For how many calls; default 1, 0 = from then on always. */
  times?: number;
  reply: FaultReply;
}

type Effect = Exclude<FaultReply, string>;

const STATUS: Record<string, number> = {
  AccessDenied: 403,
  ExpiredToken: 403,
  InvalidClientTokenId: 403,
  SignatureDoesNotMatch: 403,
  RegionDisabledException: 403,
  IDPRejectedClaim: 403,
  UnauthorizedException: 401,
  InvalidClientException: 401,
  ForbiddenException: 403,
  TOKEN_EXPIRED: 401,
  AUTHCODE_EXPIRED: 401,
  USER_CREDENTIALS_CHANGED: 403,
  INSUFFICIENT_PERMISSIONS: 403,
  ResourceNotFoundException: 404,
  TooManyRequestsException: 429,
  InternalServerException: 500,
  InternalFailure: 500,
  ServiceUnavailable: 503,
};

/** OAuth names to the exceptions of Identity Center. */
function exceptionName(error: string): string {
  return error.split("_").map((w) => w[0]?.toUpperCase() + w.slice(1)).join("") + "Exception";
}

function effect(reply: FaultReply): Effect {
  if (typeof reply !== "string") return reply;
  const at = reply.indexOf(":");
  const word = at < 0 ? reply : reply.slice(0, at), value = at < 0 ? "" : reply.slice(at + 1);
  switch (word) {
    case "throttle":
    case "truncate":
    case "reset":
    case "lose":
    case "timeout":
      return { do: word };
    case "delay":
      return { do: "delay", ms: Number(value) };
    case "http":
      return {
        do: "answer",
        status: Number(value),
        contentType: "text/html",
        body: `<html><head><title>${value}</title></head><body><center><h1>${value}</h1></center>` +
          "<hr><center>load balancer</center></body></html>\n",
      };
    case "aws":
      return { do: "error", status: STATUS[value] ?? 400, code: value };
    case "oauth":
      return {
        do: "error",
        status: value === "invalid_client" ? 401 : 400,
        code: exceptionName(value),
      };
  }
  throw new TypeError(`unknown fault reply: ${reply}`);
}

function throttled(protocol: Protocol, retryAfter?: number): ServiceError {
  const headers = retryAfter === undefined ? undefined : { "retry-after": String(retryAfter) };
  const [status, code]: [number, string] = protocol === "query"
    ? [400, "Throttling"]
    : protocol === "json11"
    ? [400, "ThrottlingException"]
    : protocol === "portal" || protocol === "rest-json" || protocol === "oauth"
    ? [429, "TooManyRequestsException"]
    : [429, "TOO_MANY_REQUESTS"];
  return new ServiceError(status, code, "Rate exceeded", { headers });
}

/** The orders, and how often each was passed by. */
export class FaultList {
  #orders: { fault: Fault; effect: Effect; seen: number }[] = [];

  /** @throws TypeError for a reply that is none */
  add(fault: Fault): void {
    this.#orders.push({ fault, effect: effect(fault.reply), seen: 0 });
  }

  clear(): void {
    this.#orders = [];
  }

  /** What shall happen to this call of `operation`. */
  take(operation: string): Effect | undefined {
    let hit: Effect | undefined;
    for (const order of this.#orders) {
      const at = order.fault.at;
      const matches = at === "*" || at === operation ||
        (at.endsWith(".*") && operation.startsWith(at.slice(0, -1)));
      if (!matches) continue;
      order.seen++;
      const nth = order.fault.nth ?? 1, times = order.fault.times ?? 1;
      if (order.seen >= nth && (times === 0 || order.seen < nth + times)) hit ??= order.effect;
    }
    return hit;
  }
}

/** A reply whose connection breaks. */
export const BROKEN: Reply = { status: 599 };

/**
 * Performs a call under a fault. `perform` does what the service would do; `wait` sleeps or, with
 * undefined, never comes back.
 */
export async function underFault(input: {
  effect: Effect;
  protocol: Protocol;
  perform: () => Promise<Reply>;
  wait: (ms: number | undefined) => Promise<void>;
}): Promise<Reply> {
  const { effect, protocol, perform, wait } = input;
  switch (effect.do) {
    case "throttle":
      throw throttled(protocol, effect.retryAfter);
    case "error":
      throw new ServiceError(effect.status, effect.code, effect.message ?? effect.code);
    case "answer":
      return {
        status: effect.status,
        headers: { "content-type": effect.contentType ?? "text/plain" },
        body: effect.body,
      };
    case "truncate": {
      const whole = await perform();
      return { ...whole, body: whole.body?.slice(0, Math.floor(whole.body.length / 2)) };
    }
    case "reset":
      return BROKEN;
    case "lose":
      await perform();
      return BROKEN;
    case "timeout":
      await wait(undefined);
      return BROKEN;
    case "delay":
      await wait(effect.ms);
      return await perform();
  }
}
