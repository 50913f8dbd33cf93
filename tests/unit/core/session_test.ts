import assert from "node:assert/strict";
import { identityKinds, providerKinds } from "../../../providers/registry.ts";
import { authenticate, cached } from "../../../lib/core/session.ts";
import { modeFor } from "../../../lib/core/core.ts";
import {
  AuthError,
  type AwsCredentials,
  emptyReport,
  type KindContext,
  type Loaded,
  Secret,
} from "../../../lib/core/types.ts";
import { plainCore } from "../../support/core.ts";
import { fakeDeps } from "../../support/deps.ts";

/** A kind whose store is a map and whose every call is written down. */
function scripted(calls: string[], deps = fakeDeps()) {
  const files = new Map<string, Loaded>();
  const keys = (life = 60): AwsCredentials => ({
    type: "aws",
    access_key_id: "ASIAEXAMPLE",
    secret_access_key: new Secret("not-a-real-secret"),
    session_token: new Secret("not-a-real-token"),
    expiration: new Date(deps.clock.now() + life * 60_000).toISOString(),
  });
  const rejects = new Set<string>();
  const key = (cx: KindContext) => cx.name;
  providerKinds["test"] = {
    cloud: "aws",
    keyringSession: true,
    load: () =>
      Promise.resolve({
        kind: "test",
        role: "provider",
        hosts: () => [],
        create: () => ({
          authenticate: (cx: KindContext) => {
            calls.push(`sign in ${cx.name}`);
            return Promise.resolve({
              type: "aws" as const,
              bearer: new Secret("bearer"),
              expiration: keys(480).expiration!,
            });
          },
          invalidate: (cx: KindContext) => {
            calls.push(`invalidate ${cx.name}`);
            return Promise.resolve();
          },
          logout: () => Promise.resolve(emptyReport()),
          paths: () => [],
        }),
      }),
  };
  identityKinds["test"] = {
    cloud: "aws",
    load: () =>
      Promise.resolve({
        kind: "test",
        role: "identity",
        hosts: () => [],
        create: () => ({
          authenticate: (_input, cx: KindContext) => {
            calls.push(`authenticate ${cx.name}`);
            if (rejects.delete(cx.name)) {
              throw new AuthError({ code: "input_rejected", message: "ExpiredToken" });
            }
            return Promise.resolve(keys());
          },
          load: (cx: KindContext) => Promise.resolve(files.get(key(cx))),
          materialize: (credentials, cx: KindContext) => {
            calls.push(`materialize ${cx.name}`);
            files.set(key(cx), {
              credentials: credentials!,
              source: "files",
              issuedAt: deps.clock.now(),
            });
            return Promise.resolve({});
          },
          forget: (cx: KindContext) => {
            calls.push(`forget ${cx.name}`);
            files.delete(key(cx));
            return Promise.resolve();
          },
          env: () => ({ unset: [], set: {} }),
          paths: () => [],
          logout: () => Promise.resolve(emptyReport()),
        }),
      }),
  };
  for (const dir of ["config", "cache", "local/share"]) deps.files.grant(`/home/u/.${dir}/atmos`);
  const core = plainCore({
    providers: { p: { kind: "test" } },
    identities: {
      ps: { kind: "test", via: { provider: "p" } },
      role: { kind: "test", via: { identity: "ps" } },
      deep: { kind: "test", via: { identity: "role" } },
    },
  }, deps);
  return { core, files, rejects, keys, target: (name: string) => core.config.findIdentity(name)! };
}

const walked = (calls: string[]) => calls.filter((c) => !c.startsWith("materialize"));

Deno.test("with nothing cached the whole chain is walked and every link is written", async () => {
  const calls: string[] = [];
  const { core, target, files } = scripted(calls);
  const session = await authenticate(core, target("deep"), modeFor(core, "login"));
  assert.equal(session.source, "fresh");
  assert.deepEqual(calls, [
    "sign in p",
    "authenticate ps",
    "materialize ps",
    "authenticate role",
    "materialize role",
    "authenticate deep",
    "materialize deep",
  ]);
  assert.equal(files.size, 3);
});

Deno.test("a second login in the same process is answered from its cache", async () => {
  const calls: string[] = [];
  const { core, target } = scripted(calls);
  await authenticate(core, target("role"), modeFor(core, "login"));
  const before = calls.length;
  await authenticate(core, target("role"), modeFor(core, "login"));
  assert.equal(calls.length, before);
});

Deno.test("calls in flight are joined", async () => {
  const calls: string[] = [];
  const { core, target } = scripted(calls);
  const mode = modeFor(core, "use");
  await Promise.all([1, 2, 3].map(() => authenticate(core, target("role"), mode)));
  assert.equal(calls.filter((c) => c === "sign in p").length, 1);
});

const resumes: [string, string[], string[]][] = [
  ["nothing", [], ["sign in p", "authenticate ps", "authenticate role", "authenticate deep"]],
  ["the target only", ["deep"], [
    "sign in p",
    "authenticate ps",
    "authenticate role",
    "authenticate deep",
  ]],
  ["the first link", ["ps"], ["authenticate role", "authenticate deep"]],
  ["the middle link", ["role"], ["authenticate deep"]],
  ["two links", ["ps", "role"], ["authenticate deep"]],
];

for (const [what, present, expected] of resumes) {
  Deno.test(`login with ${what} cached runs ${expected.length} steps`, async () => {
    const calls: string[] = [];
    const { core, target, files, keys } = scripted(calls);
    for (const name of present) {
      files.set(name, { credentials: keys(), source: "files", issuedAt: core.deps.clock.now() });
    }
    await authenticate(core, target("deep"), modeFor(core, "login"));
    assert.deepEqual(walked(calls), expected);
  });
}

Deno.test("a resumed link that turns out bad is dropped and the scan goes one lower, once", async () => {
  const calls: string[] = [];
  const { core, target, files, rejects, keys } = scripted(calls);
  files.set("role", { credentials: keys(), source: "files", issuedAt: core.deps.clock.now() });
  files.set("ps", { credentials: keys(), source: "files", issuedAt: core.deps.clock.now() });
  rejects.add("deep");
  await authenticate(core, target("deep"), modeFor(core, "login"));
  assert.deepEqual(walked(calls), [
    "authenticate deep",
    "forget role",
    "authenticate role",
    "authenticate deep",
  ]);
});

Deno.test("a provider session that is refused is invalidated and obtained anew", async () => {
  const calls: string[] = [];
  const { core, target, rejects } = scripted(calls);
  rejects.add("ps");
  await authenticate(core, target("ps"), modeFor(core, "login"));
  assert.deepEqual(walked(calls), [
    "sign in p",
    "authenticate ps",
    "invalidate p",
    "sign in p",
    "authenticate ps",
  ]);
});

Deno.test("cached answers from the target's own files without any step", async () => {
  const calls: string[] = [];
  const { core, target, files, keys } = scripted(calls);
  files.set("deep", { credentials: keys(5), source: "files", issuedAt: core.deps.clock.now() });
  const mode = modeFor(core, "use");
  assert.equal((await cached(core, target("deep"), { mode })).session?.source, "files");
  files.set("deep", { credentials: keys(0.5), source: "files", issuedAt: core.deps.clock.now() });
  assert.deepEqual(await cached(core, target("deep"), { mode }), { expired: true });
  files.delete("deep");
  assert.deepEqual(await cached(core, target("deep"), { mode }), { expired: false });
  assert.deepEqual(calls, []);
});
