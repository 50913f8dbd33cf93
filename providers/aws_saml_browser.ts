/**
 * The Browser engine: signs in with a Chromium-family browser and takes the SAML response from its
 * request to AWS, through the DevTools protocol (04 §7.2). Nothing of the traffic is logged.
 */
import {
  AuthError,
  type Deps,
  type Entry,
  type KindContext,
  listAt,
  textAt,
} from "../lib/core/types.ts";
import { closingPage } from "../lib/oauth/redirect.ts";
import { join, samlBrowserDir } from "../lib/store/paths.ts";
import { connectLoopbackSocket, type TextSocket } from "../lib/sys/websocket.ts";

const limit = 5 * 60_000;
const silentLimit = 10_000;
const startLimit = 30_000;
const closeLimit = 5000;

function closedEarly(): AuthError {
  return new AuthError({
    code: "browser_closed",
    message: "authentication failed: browser window was closed before the login finished",
  });
}

// ---------------------------------------------------------------------------------------------
// Finding the browser
// ---------------------------------------------------------------------------------------------

/**
 * The executable to start; undefined when no Chromium-family browser is installed. Throws
 * `invalid_browser` for a configured one that cannot be used.
 */
export function findBrowser(deps: Deps, provider: Entry): string | undefined {
  const given = textAt(provider.values, "browser_executable_path");
  if (given !== undefined) return checkedPath(deps, given);
  const type = textAt(provider.values, "browser_type")?.toLowerCase();
  if (type === "firefox" || type === "webkit") {
    throw invalid(`browser_type ${type} is not supported; use a Chromium-family browser`);
  }
  return candidates(deps, type).find((path) => path !== undefined);
}

function invalid(detail: string): AuthError {
  return new AuthError({
    code: "invalid_browser",
    message: `invalid browser executable: ${detail}`,
    hints: ["Set `browser_executable_path` to Chrome, Chromium, Edge or Brave"],
  });
}

function checkedPath(deps: Deps, path: string): string {
  const facts = deps.files.stat(path);
  if (facts === undefined) throw invalid(`browser executable not found: ${path}`);
  if (facts.isDirectory) throw invalid(`path is a directory, not a file: ${path}`);
  if (facts.mode !== null && (facts.mode & 0o111) === 0) {
    deps.terminal.warn(`${path} is not executable.`);
  }
  return path;
}

const families = ["chrome", "chromium", "msedge", "brave"] as const;
type Family = typeof families[number];

function candidates(deps: Deps, type: string | undefined): (string | undefined)[] {
  const wanted: readonly Family[] = type === undefined
    ? families
    : type === "chromium-browser"
    ? ["chromium"]
    : families.filter((family) => family === type);
  if (wanted.length === 0) throw invalid(`browser_type ${type} is unknown`);
  return wanted.flatMap((family) => places(deps, family));
}

function places(deps: Deps, family: Family): (string | undefined)[] {
  const { env, files, spawn } = deps;
  const there = (path: string) => files.stat(path)?.isFile ? path : undefined;
  switch (env.os) {
    case "linux": {
      const names = {
        chrome: ["google-chrome", "google-chrome-stable"],
        chromium: ["chromium", "chromium-browser"],
        msedge: ["microsoft-edge"],
        brave: ["brave-browser"],
      };
      return names[family].map((name) => spawn.which(name));
    }
    case "darwin": {
      const names = {
        chrome: "Google Chrome",
        chromium: "Chromium",
        msedge: "Microsoft Edge",
        brave: "Brave Browser",
      };
      return [there(`/Applications/${names[family]}.app/Contents/MacOS/${names[family]}`)];
    }
    case "windows": {
      const tails: Partial<Record<Family, string>> = {
        chrome: "Google\\Chrome\\Application\\chrome.exe",
        msedge: "Microsoft\\Edge\\Application\\msedge.exe",
      };
      const tail = tails[family];
      if (tail === undefined) return [];
      return ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"].flatMap((name) => {
        const base = env.nonEmpty(name);
        return base ? [there(`${base}\\${tail}`)] : [];
      });
    }
  }
}

// ---------------------------------------------------------------------------------------------
// The sign-in
// ---------------------------------------------------------------------------------------------

/** Signs in and returns the response, base64. */
export async function browserResponse(
  cx: KindContext,
  o: { url: string; executable: string },
): Promise<string> {
  const headless = textAt(cx.entries[0]!.values, "spec", "headless");
  if (headless === "auto") {
    try {
      return await withProfile(cx, { ...o, headless: true, limit: silentLimit });
    } catch (error) {
      if (!(error instanceof AuthError) || error.exit === 130) throw error;
      cx.deps.log.debug(`no silent sign-in: ${error.message}`);
    }
  }
  return await withProfile(cx, { ...o, headless: headless === "true", limit });
}

interface Run {
  url: string;
  executable: string;
  headless: boolean;
  limit: number;
}

/** The provider's own browser profile; a second one when the first is open in another window. */
async function withProfile(cx: KindContext, run: Run): Promise<string> {
  const base = samlBrowserDir(cx.deps.env, { realm: cx.realm, provider: cx.chain[0]! });
  const first = await signIn(cx, run, base);
  if (first !== "profile in use") return first;
  const second = await signIn(cx, run, `${base}-2`);
  if (second !== "profile in use") return second;
  throw new AuthError({
    code: "browser_not_started",
    message: `authentication failed: ${run.executable} ended before the sign-in could begin`,
    hints: ["Start it once by hand to see why, or set `browser_executable_path`"],
  });
}

async function signIn(
  cx: KindContext,
  run: Run,
  profile: string,
): Promise<string | "profile in use"> {
  const { deps } = cx;
  await deps.files.ensureDir(profile);
  const portFile = join(deps.env, profile, "DevToolsActivePort");
  await deps.files.remove(portFile); // left behind by a crash it names somebody else's port
  const stop = new AbortController();
  const signal = AbortSignal.any([cx.signal, stop.signal]);
  const browser = deps.spawn.helper({
    command: run.executable,
    args: [
      `--user-data-dir=${profile}`,
      "--remote-debugging-port=0",
      "--remote-debugging-address=127.0.0.1",
      "--no-first-run",
      "--no-default-browser-check",
      ...(run.headless ? ["--headless=new"] : []),
      ...listAt(cx.entries[0]!.values, "spec", "browser_args") ?? [],
      "about:blank",
    ],
    timeoutMs: run.limit + startLimit,
    signal,
  });
  const gone = browser.then(() => "gone" as const, () => "gone" as const);
  try {
    const endpoint = await waitForPort(cx, portFile, gone, signal);
    if (endpoint === undefined) return "profile in use";
    return await capture(cx, run, endpoint, gone, signal);
  } finally {
    // the helper ends the browser's whole process group when its signal fires
    stop.abort();
    await gone;
  }
}

/** The browser's websocket address; undefined when it ended first. */
async function waitForPort(
  cx: KindContext,
  portFile: string,
  gone: Promise<"gone">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { clock, files } = cx.deps;
  const until = clock.now() + startLimit;
  while (clock.now() < until) {
    const [port, path] = (await files.readText(portFile))?.split("\n") ?? [];
    if (port && path) return `ws://127.0.0.1:${port.trim()}${path.trim()}`;
    if (await Promise.race([gone, clock.sleep(100, signal)]) === "gone") return undefined;
  }
  throw new AuthError({
    code: "browser_not_started",
    message: "authentication failed: the browser opened no DevTools port within 30s",
  });
}

/** Requests that carry the response to AWS, in every partition (04 §7.2). */
function patterns(provider: Entry): { urlPattern: string; requestStage: "Request" }[] {
  const urls = ["signin.aws.amazon.com", "signin.amazonaws-us-gov.com", "signin.amazonaws.cn"]
    .flatMap((host) => [`https://${host}/saml*`, `https://*.${host}/saml*`]);
  const acs = textAt(provider.values, "spec", "acs_url");
  if (acs) urls.push(`${acs}*`);
  return urls.map((urlPattern) => ({ urlPattern, requestStage: "Request" }));
}

interface PausedRequest {
  requestId: string;
  networkId?: string;
  request: {
    method: string;
    hasPostData?: boolean;
    postData?: string;
    postDataEntries?: { bytes?: string }[];
  };
}

async function capture(
  cx: KindContext,
  run: Run,
  endpoint: string,
  gone: Promise<"gone">,
  signal: AbortSignal,
): Promise<string> {
  const { promise: found, resolve, reject } = Promise.withResolvers<string>();
  found.catch(() => {}); // the race reports it
  // a page that vanished under a command is not a failure: a closed window is told by itself
  const unlessGone = (error: unknown) => {
    if (!/session with given id not found|no target/i.test(String(error))) reject(error);
  };
  const pages = new Set<string>();
  let navigated = false;
  const tools: DevTools = await devTools(endpoint, signal, (event) => {
    const { sessionId } = event;
    switch (event.method) {
      case "Target.attachedToTarget":
        attach(event.params as unknown as Attached).catch(unlessGone);
        break;
      case "Target.detachedFromTarget":
        if (pages.delete(String(event.params.sessionId)) && pages.size === 0 && navigated) {
          reject(closedEarly());
        }
        break;
      case "Fetch.requestPaused":
        paused(tools, sessionId, event.params as unknown as PausedRequest)
          .then((response) => response === undefined ? undefined : resolve(response), unlessGone);
        break;
    }
  });
  const attach = async ({ sessionId, targetInfo }: Attached) => {
    if (targetInfo.type === "page" || targetInfo.type === "iframe") {
      if (targetInfo.type === "page") pages.add(sessionId);
      await tools.call("Fetch.enable", { patterns: patterns(cx.entries[0]!) }, sessionId);
      await tools.call("Target.setAutoAttach", autoAttach, sessionId);
    }
    await tools.call("Runtime.runIfWaitingForDebugger", {}, sessionId);
    if (targetInfo.type !== "page" || navigated) return;
    navigated = true;
    await tools.call("Page.navigate", { url: run.url }, sessionId);
  };
  const limitPassed = cx.deps.clock.sleep(run.limit, signal).then((): never => {
    throw new AuthError({
      code: "browser_timed_out",
      message: `authentication failed: nobody signed in within ${run.limit / 1000}s`,
    });
  });
  limitPassed.catch(() => {});
  const closed = Promise.race([gone, tools.closed]).then((): never => {
    cx.signal.throwIfAborted();
    throw closedEarly();
  });
  closed.catch(() => {});
  await tools.call("Target.setAutoAttach", autoAttach);
  const response = await Promise.race([found, closed, limitPassed]);
  // closed rather than killed: the provider's cookies get to the disk, and the next sign-in is silent
  tools.call("Browser.close", {}).catch(() => {});
  await Promise.race([gone, cx.deps.clock.sleep(closeLimit, signal).catch(() => {})]);
  return response;
}

const autoAttach = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };

interface Attached {
  sessionId: string;
  targetInfo: { type: string };
}

/** Answers a request to AWS instead of AWS: the response must not be consumed there. */
async function paused(
  tools: DevTools,
  sessionId: string | undefined,
  event: PausedRequest,
): Promise<string | undefined> {
  const { requestId } = event;
  const response = event.request.method === "POST"
    ? new URLSearchParams(await postBody(tools, sessionId, event)).get("SAMLResponse")
    : null;
  if (!response) {
    await tools.call("Fetch.continueRequest", { requestId }, sessionId);
    return undefined;
  }
  const page = closingPage("Signed in", "You can close this window and return to the terminal.");
  await tools.call("Fetch.fulfillRequest", {
    requestId,
    responseCode: 200,
    responseHeaders: [{ name: "Content-Type", value: "text/html; charset=utf-8" }],
    body: new TextEncoder().encode(page).toBase64(),
  }, sessionId);
  return response;
}

/** The form as sent. Above 64 KiB the event itself does not carry it (04 Traps 19). */
async function postBody(
  tools: DevTools,
  sessionId: string | undefined,
  { request, networkId, requestId }: PausedRequest,
): Promise<string> {
  if (request.postData !== undefined) return request.postData;
  const entries = request.postDataEntries?.map((entry) => entry.bytes ?? "").filter((b) =>
    b !== ""
  );
  if (entries && entries.length > 0) {
    const parts = entries.map((bytes) => Uint8Array.fromBase64(bytes));
    const decoder = new TextDecoder();
    return parts.map((part) => decoder.decode(part, { stream: true })).join("");
  }
  const id = networkId ?? requestId;
  const answer = await tools.call("Network.getRequestPostData", { requestId: id }, sessionId);
  return String(answer.postData ?? "");
}

// ---------------------------------------------------------------------------------------------
// The DevTools protocol
// ---------------------------------------------------------------------------------------------

interface DevToolsEvent {
  method: string;
  params: Record<string, unknown>;
  sessionId?: string;
}

interface DevTools {
  call(
    method: string,
    params: Record<string, unknown>,
    sessionId?: string,
  ): Promise<Record<string, unknown>>;
  closed: Promise<void>;
}

async function devTools(
  url: string,
  signal: AbortSignal,
  onEvent: (event: DevToolsEvent) => void,
): Promise<DevTools> {
  let nextId = 0;
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const socket: TextSocket = await connectLoopbackSocket({
    url,
    signal,
    onText: (text) => {
      const message = JSON.parse(text);
      if (message.id === undefined) return onEvent(message);
      const call = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) call?.reject(protocolError(message.error.message));
      else call?.resolve(message.result ?? {});
    },
  });
  socket.closed.then(() => {
    for (const call of waiting.values()) call.reject(closedEarly());
    waiting.clear();
  });
  return {
    closed: socket.closed,
    call: (method, params, sessionId) => {
      const id = ++nextId;
      const call = Promise.withResolvers<Record<string, unknown>>();
      waiting.set(id, call);
      socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
      return call.promise;
    },
  };
}

function protocolError(message: string): AuthError {
  return new AuthError({
    code: "browser_failed",
    message: `authentication failed: the browser refused a command: ${message}`,
  });
}
