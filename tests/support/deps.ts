import type {
  Credentials,
  CredentialStore,
  Deps,
  Loaded,
  SelectOption,
  Terminal,
} from "../../lib/core/types.ts";
import { AuthError, Secret, userAborted } from "../../lib/core/types.ts";
import type { Clock } from "../../lib/sys/clock.ts";
import { type Env, fixedEnv } from "../../lib/sys/env.ts";
import type { Locks } from "../../lib/sys/locks.ts";
import type { Log } from "../../lib/sys/log.ts";
import type { Loopback, LoopbackRequest } from "../../lib/sys/loopback.ts";
import type { Random } from "../../lib/sys/random.ts";
import type { ChildRequest, HelperRequest, HelperResult, Spawn } from "../../lib/sys/spawn.ts";
import { type FakeHttp, fakeHttp } from "./http.ts";
import { type MemoryFiles, memoryFiles } from "./files.ts";

/** `Deps` of which every member can be asked afterwards what was done with it. */
export interface FakeDeps extends Deps {
  clock: FakeClock;
  files: MemoryFiles;
  http: FakeHttp;
  keyring: MemoryCredentials;
  terminal: FakeTerminal;
  log: RecordingLog;
  spawn: FakeSpawn;
  loopback: FakeLoopback;
}

/**
 * Everything a kind may touch, in memory: a clock at 2026-01-02 03:04:05 UTC, an empty disk, a network
 * that answers only what `http.on` was told, nobody at the terminal.
 */
export function fakeDeps(
  init: { now?: string; env?: Record<string, string>; os?: Env["os"]; cwd?: string } = {},
): FakeDeps {
  const clock = fakeClock(init.now);
  return {
    clock,
    files: memoryFiles(clock),
    http: fakeHttp(),
    keyring: memoryCredentials(),
    terminal: fakeTerminal(),
    log: recordingLog(),
    spawn: fakeSpawn(),
    loopback: fakeLoopback(),
    locks: freeLocks(),
    random: countingRandom(),
    env: fixedEnv({ HOME: "/home/u", PATH: "/usr/bin:/bin", ...init.env }, {
      ...(init.os === undefined ? {} : { os: init.os }),
      cwd: init.cwd ?? "/work",
    }),
  };
}

export interface FakeClock extends Clock {
  /** Moves time forward. */
  advance(ms: number): void;
  set(instant: string): void;
  /** Lengths of all waits so far. */
  sleeps: number[];
}

/** A clock that moves only when told to, and by every sleep. */
export function fakeClock(start = "2026-01-02T03:04:05Z"): FakeClock {
  let now = Date.parse(start);
  let offset = 0;
  const sleeps: number[] = [];
  return {
    now: () => now + offset,
    setOffset: (ms) => {
      offset = ms;
    },
    offset: () => offset,
    sleep: (ms, signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason);
      sleeps.push(ms);
      now += ms;
      return Promise.resolve();
    },
    advance: (ms) => {
      now += ms;
    },
    set: (instant) => {
      now = Date.parse(instant);
    },
    sleeps,
  };
}

/** Bytes 0, 1, 2, … and UUIDs that count. */
export function countingRandom(): Random {
  let next = 0, uuids = 0;
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next++ & 255),
    uuid: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, "0")}`,
  };
}

/** Locks that are always free but still exclude each other inside the process. */
export function freeLocks(): Locks {
  const tails = new Map<string, Promise<void>>();
  return {
    acquire: async (request) => {
      const before = tails.get(request.path);
      let free!: () => void;
      const mine = new Promise<void>((resolve) => free = resolve);
      tails.set(request.path, (before ?? Promise.resolve()).then(() => mine));
      await before;
      const release = () => {
        free();
        return Promise.resolve();
      };
      return {
        path: request.path,
        waited: before !== undefined,
        release,
        [Symbol.asyncDispose]: release,
      };
    },
  };
}

export interface MemoryCredentials extends CredentialStore {
  /** Key `identity:dev` or `provider:sso` → what is stored. */
  entries: Map<string, Loaded & { storageClass: "session" | "long-lived" }>;
  /** Number of `get` calls: hot paths must leave it at 0. */
  reads: number;
}

export function memoryCredentials(): MemoryCredentials {
  const entries: MemoryCredentials["entries"] = new Map();
  const store: MemoryCredentials = {
    entries,
    reads: 0,
    get: (alias, owner) => {
      store.reads++;
      return Promise.resolve(entries.get(`${owner}:${alias}`));
    },
    set: (alias, owner, credentials: Credentials, storageClass) => {
      entries.set(`${owner}:${alias}`, { credentials, source: "keyring", storageClass });
      return Promise.resolve();
    },
    delete: (alias, owner) => Promise.resolve(entries.delete(`${owner}:${alias}`)),
  };
  return store;
}

export interface FakeTerminal extends Terminal {
  interactive: boolean;
  someoneReads: boolean;
  ci: boolean;
  canOpenBrowser: boolean;
  /** Answers to the coming questions, in order; `null` is Esc. A question without one fails the test. */
  answers: (string | boolean | null)[];
  /** Titles of the questions asked. */
  asked: string[];
  notices: string[];
  warnings: string[];
  openedUrls: string[];
  /** Options of the last select. */
  lastOptions: SelectOption[];
}

/** A terminal whose user has decided on the answers before. Non-interactive until told otherwise. */
export function fakeTerminal(): FakeTerminal {
  const answer = (title: string): string | boolean => {
    terminal.asked.push(title);
    if (terminal.answers.length === 0) throw new Error(`nobody answers: ${title}`);
    const next = terminal.answers.shift()!;
    if (next === null) throw userAborted();
    return next;
  };
  const text = (title: string, validate?: (value: string) => string | undefined): string => {
    for (;;) {
      const value = String(answer(title));
      if (validate?.(value) === undefined) return value;
    }
  };
  const terminal: FakeTerminal = {
    interactive: false,
    someoneReads: false,
    ci: false,
    canOpenBrowser: false,
    answers: [],
    asked: [],
    notices: [],
    warnings: [],
    openedUrls: [],
    lastOptions: [],
    notice: (line) => void terminal.notices.push(line),
    warn: (line) => void terminal.warnings.push(line),
    select: async (q) => {
      terminal.lastOptions = q.options;
      const value = String(answer(q.title));
      if (!q.options.some((option) => option.value === value)) {
        throw new Error(`"${value}" is no option of: ${q.title}`);
      }
      return value;
    },
    selectMany: async (q) => String(answer(q.title)).split(",").filter((value) => value !== ""),
    confirm: async (q) => Boolean(answer(q.title)),
    text: async (q) => text(q.title, q.validate),
    secret: async (q) => new Secret(text(q.title, q.validate)),
    openBrowser: (url) => {
      terminal.openedUrls.push(url);
      return Promise.resolve(terminal.canOpenBrowser);
    },
    during: (_step, work) => work(),
  };
  return terminal;
}

export interface RecordingLog extends Log {
  /** `debug: message {"field":…}` */
  lines: string[];
}

export function recordingLog(): RecordingLog {
  const lines: string[] = [];
  const at = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void lines.push(`${level}: ${message}${fields ? ` ${JSON.stringify(fields)}` : ""}`);
  return {
    level: "trace",
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    lines,
  };
}

export interface FakeSpawn extends Spawn {
  helpers: HelperRequest[];
  children: ChildRequest[];
  detachedCommands: string[][];
  /** Programs that `which` finds: name → absolute path. */
  programs: Record<string, string>;
  /** What a helper answers; a missing function means the program is not installed. */
  onHelper?: (request: HelperRequest) => Partial<HelperResult>;
  /** Exit code of the final child. */
  childExit: number;
}

export function fakeSpawn(): FakeSpawn {
  const spawn: FakeSpawn = {
    helpers: [],
    children: [],
    detachedCommands: [],
    programs: {},
    childExit: 0,
    helper: async (request) => {
      spawn.helpers.push(request);
      if (spawn.onHelper === undefined) {
        throw new AuthError({
          code: "helper_not_found",
          message: `command not found: ${request.command}`,
        });
      }
      const result = {
        code: 0,
        stdoutText: "",
        stderrText: "",
        timedOut: false,
        ...spawn.onHelper(request),
      };
      return { stdout: new TextEncoder().encode(result.stdoutText), ...result };
    },
    child: (request) => {
      spawn.children.push(request);
      return Promise.resolve(spawn.childExit);
    },
    detached: (command, args) => {
      spawn.detachedCommands.push([command, ...args]);
      return Promise.resolve(true);
    },
    which: (name) => spawn.programs[name],
  };
  return spawn;
}

export interface FakeLoopback extends Loopback {
  /** Plays the browser: sends a request to the listener on that port and returns its answer. */
  visit(
    url: string,
    init?: { method?: string; body?: string; headers?: Record<string, string> },
  ): Promise<{ status: number; contentType?: string; body: string }>;
  /** Ports listened on at the moment. */
  ports: number[];
}

export function fakeLoopback(): FakeLoopback {
  const listeners = new Map<number, Parameters<Loopback["listen"]>[1]>();
  let nextPort = 50001;
  return {
    get ports() {
      return [...listeners.keys()];
    },
    listen: async (wanted, handle) => {
      const port = wanted === 0 ? nextPort++ : wanted;
      if (listeners.has(port)) {
        throw new AuthError({
          code: "listener_failed",
          message: "failed to start local callback server: address in use",
        });
      }
      listeners.set(port, handle);
      return {
        port,
        [Symbol.asyncDispose]: () => {
          listeners.delete(port);
          return Promise.resolve();
        },
      };
    },
    visit: (address, init = {}) => {
      const url = new URL(address);
      const handle = listeners.get(Number(url.port));
      if (handle === undefined) return Promise.reject(new Error(`nobody listens at ${url.origin}`));
      const request: LoopbackRequest = {
        method: init.method ?? "GET",
        url,
        headers: new Headers(init.headers),
        body: () => Promise.resolve(init.body ?? ""),
      };
      return handle(request);
    },
  };
}
