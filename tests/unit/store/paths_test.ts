import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fixedEnv } from "../../../lib/sys/env.ts";
import * as paths from "../../../lib/store/paths.ts";

const linux = () => fixedEnv({ HOME: "/home/u" });
const sha = (kind: string, text: string) => createHash(kind).update(text).digest("hex");

Deno.test("bases default to the XDG directories below the home directory", () => {
  const env = linux();
  assert.equal(paths.baseDir(env, "config"), "/home/u/.config/atmos");
  assert.equal(paths.baseDir(env, "data"), "/home/u/.local/share/atmos");
  assert.equal(paths.baseDir(env, "cache"), "/home/u/.cache/atmos");
});

Deno.test("macOS uses the same defaults as Linux", () => {
  const env = fixedEnv({ HOME: "/Users/u" }, { os: "darwin" });
  assert.equal(paths.baseDir(env, "config"), "/Users/u/.config/atmos");
});

Deno.test("ATMOS_XDG_* beats XDG_*, and set but empty is unset", () => {
  const both = { HOME: "/h", ATMOS_XDG_DATA_HOME: "/ours", XDG_DATA_HOME: "/shared" };
  assert.equal(paths.baseDir(fixedEnv(both), "data"), "/ours/atmos");
  const empty = { HOME: "/h", ATMOS_XDG_DATA_HOME: "", XDG_DATA_HOME: "/shared" };
  assert.equal(paths.baseDir(fixedEnv(empty), "data"), "/shared/atmos");
});

Deno.test("a relative XDG_* is ignored, a relative ATMOS_XDG_* is resolved against the start directory", () => {
  const shared = fixedEnv({ HOME: "/h", XDG_CACHE_HOME: "rel" }, { cwd: "/work" });
  assert.equal(paths.baseDir(shared, "cache"), "/h/.cache/atmos");
  const ours = fixedEnv({ HOME: "/h", ATMOS_XDG_CACHE_HOME: "../rel" }, { cwd: "/work/a" });
  assert.equal(paths.baseDir(ours, "cache"), "/work/rel/atmos");
});

Deno.test("Windows keeps everything below LOCALAPPDATA, the cache in its own directory", () => {
  const env = fixedEnv({ LOCALAPPDATA: "C:\\Users\\u\\AppData\\Local" }, { os: "windows" });
  assert.equal(paths.baseDir(env, "config"), "C:\\Users\\u\\AppData\\Local\\atmos");
  assert.equal(paths.baseDir(env, "cache"), "C:\\Users\\u\\AppData\\Local\\cache\\atmos");
});

Deno.test("without a home directory nothing can be stored, unless the bases are given", () => {
  assert.throws(() => paths.baseDir(fixedEnv({}), "config"), { code: "no_home_directory" });
  assert.equal(
    paths.baseDir(fixedEnv({ ATMOS_XDG_CONFIG_HOME: "/c" }), "config"),
    "/c/atmos",
  );
});

Deno.test("ordinary names are their own path segment", () => {
  for (const name of ["dev", "company-sso", "a.b_c", "user@example.com", "a+b=c,d", "0"]) {
    assert.equal(paths.segment(name), name);
  }
  assert.equal(paths.segment("Prod"), "prod", "the storage name is lower-case");
  assert.equal(paths.segment("a".repeat(120)), "a".repeat(120));
});

Deno.test("every other name is mapped and gets its digest", () => {
  const expected = (name: string, form: string) =>
    `${form}-${sha("sha256", name.toLowerCase()).slice(0, 8)}`;
  const cases: [string, string][] = [
    ["..", "_."],
    [".", "_"],
    ["", ""],
    ["core/admin", "core_admin"],
    ["a\\b", "a_b"],
    [".hidden", "_hidden"],
    ["trailing.", "trailing."],
    ["con", "con"],
    ["COM1.txt", "com1.txt"],
    ["a b@c", "a_b_c"],
    ["größe", "gr____e"],
    ["-x", "-x"],
    ["a".repeat(121), "a".repeat(120)],
  ];
  for (const [name, form] of cases) {
    assert.equal(paths.segment(name), expected(name, form), JSON.stringify(name));
  }
});

Deno.test("no segment can leave its directory or hide", () => {
  for (const name of ["..", "../../etc", "/abs", "a/../../b", "\0", "C:\\x", ".ssh", "…"]) {
    assert.match(paths.segment(name), /^[a-z0-9_-][a-z0-9._-]*$/);
  }
});

Deno.test("AWS files stand below the realm, or without it for the empty realm", () => {
  const at = paths.awsPaths(linux(), { realm: "", root: "company-sso" });
  assert.equal(at.credentials, "/home/u/.config/atmos/aws/company-sso/credentials");
  assert.equal(at.config, "/home/u/.config/atmos/aws/company-sso/config");
  const inRealm = paths.awsPaths(linux(), { realm: "acme", root: "P" });
  assert.equal(inRealm.directory, "/home/u/.config/atmos/acme/aws/p");
});

Deno.test("base_path replaces the configuration base and its ~ is expanded", () => {
  const at = paths.awsPaths(linux(), { realm: "r", root: "p", basePath: "~/keys" });
  assert.equal(at.credentials, "/home/u/keys/r/aws/p/credentials");
});

Deno.test("the other paths of the layout", () => {
  const env = linux();
  assert.equal(
    paths.ssoSessionFile(env, "https://x.awsapps.com/start", "eu-west-1"),
    `/home/u/.cache/atmos/aws-sso/sessions/${
      sha("sha1", "https://x.awsapps.com/start|eu-west-1")
    }.json`,
  );
  assert.equal(
    paths.webflowFile(env, { realm: "", identity: "me" }),
    "/home/u/.cache/atmos/aws-webflow/me-/refresh.json",
  );
  assert.equal(
    paths.webflowFile(env, { realm: "r", identity: "team/me" }),
    `/home/u/.cache/atmos/aws-webflow/team_me-${
      sha("sha256", "team/me").slice(0, 8)
    }-r/refresh.json`,
  );
  assert.equal(
    paths.provisionedFile(env, "sso"),
    "/home/u/.cache/atmos/auth/sso/provisioned-identities.yaml",
  );
  assert.equal(paths.keyringDir(env), "/home/u/.local/share/atmos/keyring");
  assert.equal(
    paths.githubStsDir(env, { realm: "r", integration: "gh" }),
    "/home/u/.local/share/atmos/auth/github-sts/r/gh",
  );
  assert.equal(paths.kubeconfigFile(env), "/home/u/.config/atmos/kube/config");
  assert.equal(
    paths.gcpPaths(env, { realm: "", provider: "adc", identity: "n" }).adcDir,
    "/home/u/.config/atmos/gcp/adc/adc/n",
  );
  assert.equal(
    paths.azureProviderDir(env, { realm: "r", provider: "p" }),
    "/home/u/.azure/atmos/r/p",
  );
  assert.equal(
    paths.consoleSessionDir(env, { realm: "r", identity: "N" }),
    `/home/u/.local/share/atmos/console/sessions/${sha("sha256", "r/n").slice(0, 16)}`,
  );
});

Deno.test("provisioned identities are also looked for where the reference writes them", () => {
  assert.deepEqual(
    paths.provisionedCandidates(linux(), "Team/SSO").map((p) => p.split("/").at(-2)),
    [paths.segment("Team/SSO"), "Team_SSO", "team_sso"],
  );
  assert.equal(paths.provisionedCandidates(linux(), "..").length, 1);
});

Deno.test("the lock name hashes root, identity and realm by storage name", () => {
  const at = { cloud: "aws", root: "P", identity: "N", realm: "r" };
  assert.equal(
    paths.singleFlightLock(linux(), at),
    `/home/u/.cache/atmos/locks/aws-${sha("sha1", "p|n|r").slice(0, 16)}.lock`,
  );
});

Deno.test("joining collapses dots and doubled separators without leaving the root", () => {
  const env = linux();
  assert.equal(paths.join(env, "/a//b", "./c", "..", "d"), "/a/b/d");
  assert.equal(paths.join(env, "/", "..", "a"), "/a");
  assert.equal(paths.join(env, "/a/", "b"), "/a/b");
  assert.equal(paths.join(env, "/a", "b..c", ".d"), "/a/b..c/.d");
});
