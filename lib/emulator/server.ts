/**
 * The emulator: an HTTP server on loopback that stands in for the AWS identity services. It signs
 * nothing away: credentials, codes and tokens are made up, key ids say so (`ASIAEMULATOR…`), and it
 * refuses what the real services refuse.
 */
import { AuthError } from "../sys/error.ts";
import { type Clock, systemClock } from "../sys/clock.ts";
import { type Random, systemRandom } from "../sys/random.ts";
import { type Admin, makeAdmin } from "./admin.ts";
import type { Control } from "./control.ts";
import { BROKEN, FaultList, underFault } from "./faults.ts";
import { type Call, errorReply, json, type Reply, ServiceError } from "./http.ts";
import { findRoute } from "./routes.ts";
import { type EmulatorState, wholeState } from "./state.ts";
import { makeWorld, opaque, type World } from "./world.ts";

export interface EmulatorOptions {
  /** 0 (default) takes any free port. */
  port?: number;
  state?: EmulatorState;
  /** Default the machine's clock; {@link Admin.clock} shifts what the server makes of it. */
  clock?: Clock;
  random?: Random;
}

export interface Emulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  url: string;
  port: number;
  /** Value of the header `x-emulator-token` that `/_emulator/…` asks for. */
  adminToken: string;
  /** The admin operations without HTTP. */
  admin: Admin;
  stop(): Promise<void>;
}

const MAX_BODY = 1024 * 1024;

function claimedCredential(call: Call): { accessKeyId?: string; region?: string } {
  const header = call.headers.get("authorization") ?? "";
  const text = /Credential=([^,\s]+)/.exec(header)?.[1] ?? call.query.get("X-Amz-Credential");
  const [accessKeyId, , region] = (text ?? "").split("/");
  return { accessKeyId: accessKeyId || undefined, region };
}

async function makeCall(request: Request, origin: string, random: Random): Promise<Call> {
  const url = new URL(request.url);
  const host = request.headers.get("host") ?? url.host;
  const local = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
  const body = new Uint8Array(await request.arrayBuffer());
  return {
    method: request.method,
    path: url.pathname,
    rawQuery: url.search.slice(1),
    query: url.searchParams,
    headers: request.headers,
    body,
    text: new TextDecoder().decode(body),
    // Links go back to where the client came from, if that is a loopback name.
    base: local ? `http://${host}` : origin,
    url: `http://${host}${url.pathname}`,
    requestId: random.uuid(),
    params: [],
  };
}

/** A response whose body breaks off: what a client sees of a connection that was cut. */
function broken(): Response {
  const body = new ReadableStream({ pull: (c) => c.error(new Error("connection cut on order")) });
  return new Response(body, { status: 200, headers: { "content-length": "1048576" } });
}

function response(reply: Reply, now: number): Response {
  if (reply === BROKEN) return broken();
  const headers = new Headers(reply.headers);
  headers.set("date", new Date(now).toUTCString());
  // Keeps the server from compressing: the services do not, and a cut body must stay readable.
  if (!headers.has("cache-control")) headers.set("cache-control", "no-transform");
  return new Response(reply.body ?? null, { status: reply.status, headers });
}

/** Sleeps on the real clock; undefined waits until the server stops. */
function waiter(signal: AbortSignal): (ms: number | undefined) => Promise<void> {
  return (ms) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
}

async function serve(control: Control, call: Call, signal: AbortSignal): Promise<Reply> {
  const found = findRoute(call);
  const { world } = control;
  const note = (operation: string, reply: Reply): Reply => {
    control.log.push({
      at: new Date(world.now()).toISOString(),
      operation,
      method: call.method,
      path: call.path,
      status: reply === BROKEN ? 0 : reply.status,
      code: reply.code,
      ...claimedCredential(call),
      userAgent: call.headers.get("user-agent") ?? undefined,
    });
    return reply;
  };
  if (!found) {
    return note("unknown", {
      ...json({ message: `the emulator has no operation ${call.method} ${call.path}` }, 404),
      code: "UnknownOperationException",
    });
  }
  const { route, prefix, params } = found;
  const routed = { ...call, base: call.base + prefix, params };
  const perform = () => route.handle(world, routed);
  try {
    const effect = control.faults.take(route.operation);
    const reply = effect
      ? await underFault({ effect, protocol: route.protocol, perform, wait: waiter(signal) })
      : await perform();
    return note(route.operation, reply);
  } catch (e) {
    const failure = e instanceof ServiceError
      ? e
      : new ServiceError(500, "InternalFailure", `the emulator failed: ${e}`);
    return note(route.operation, errorReply(route.protocol, failure, call.requestId));
  }
}

function makeControl(options: EmulatorOptions, random: Random): Control {
  const base = options.clock ?? systemClock();
  const state = wholeState(options.state);
  const clock: Clock = {
    now: () => base.now() + control.clockOffsetMs,
    sleep: (ms, signal) => base.sleep(ms, signal),
    offset: () => control.clockOffsetMs,
    setOffset: (ms) => {
      control.clockOffsetMs = ms;
    },
  };
  const fresh = () => makeWorld({ state: structuredClone(state), clock, random });
  const control: Control = {
    world: undefined as unknown as World,
    faults: new FaultList(),
    log: [],
    clockOffsetMs: 0,
    url: "",
    reset() {
      control.clockOffsetMs = 0;
      control.faults.clear();
      control.log = [];
      const { keys, users, samlPasswords, githubBearer } = control.world;
      control.world = { ...fresh(), keys, samlPasswords, githubBearer };
      // Made-up secrets outlive a reset: configurations that hold them stay right.
      users.forEach((u, i) => {
        const again = control.world.users[i]!;
        again.keys = u.keys;
        if (again.mfa && u.mfa) again.mfa.secret = u.mfa.secret;
      });
    },
  };
  control.world = fresh();
  return control;
}

function listen(
  port: number,
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({
      hostname: "127.0.0.1",
      port,
      onListen: () => {},
      onError: () => new Response("emulator failure\n", { status: 500 }),
    }, handler);
  } catch (cause) {
    throw new AuthError({
      code: "emulator_not_started",
      message: `emulator not started: port ${port} cannot be listened on`,
      hints: ["Choose another one with `--port`, or leave it out to get any free port."],
      cause,
    });
  }
}

/**
 * Starts the emulator on 127.0.0.1.
 *
 * @throws AuthError `emulator_state_invalid`, `emulator_not_started` (port taken)
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const random = options.random ?? systemRandom();
  const control = makeControl(options, random);
  const adminToken = opaque(random);
  const admin = makeAdmin(control);
  const stopping = new AbortController();

  const server = listen(options.port ?? 0, async (request) => {
    const call = await makeCall(request, control.url, random);
    if (call.body.length > MAX_BODY) return new Response("body too large\n", { status: 413 });
    const at = call.path.indexOf("/_emulator/");
    if (at < 0) return response(await serve(control, call, stopping.signal), control.world.now());
    if (call.headers.get("x-emulator-token") !== adminToken) {
      return Response.json({ message: "wrong or missing x-emulator-token" }, { status: 403 });
    }
    return await adminCall(admin, call.path.slice(at + "/_emulator/".length), call);
  });
  control.url = `http://127.0.0.1:${server.addr.port}`;
  const stop = async () => {
    stopping.abort();
    await server.shutdown();
  };
  return {
    url: control.url,
    port: server.addr.port,
    adminToken,
    admin,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Operations that change nothing may be asked by GET, with their argument in the query. */
const READS = new Set(["info", "state", "log", "counters", "totp"]);

/** `POST /_emulator/<name>` with a JSON object → what `admin.<name>` returns, as JSON. */
async function adminCall(admin: Admin, name: string, call: Call): Promise<Response> {
  const operation = Object.hasOwn(admin, name)
    ? (admin as unknown as Record<string, (input: unknown) => unknown>)[name]
    : undefined;
  if (!operation) return Response.json({ message: `no admin operation ${name}` }, { status: 404 });
  if (call.method !== "POST" && !(call.method === "GET" && READS.has(name))) {
    return Response.json({ message: `${name} is a POST` }, { status: 405 });
  }
  try {
    const input = call.text ? JSON.parse(call.text) : Object.fromEntries(call.query);
    return Response.json(await operation(input) ?? {});
  } catch (e) {
    return Response.json({ message: e instanceof Error ? e.message : String(e) }, { status: 400 });
  }
}
