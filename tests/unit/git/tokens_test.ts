import assert from "node:assert/strict";
import { Secret } from "../../../lib/core/types.ts";
import { coveredOwners, gitConfigEnv, readGitConfigEnv } from "../../../lib/git/config_env.ts";
import { tokenFor } from "../../../lib/git/tokens.ts";
import type { TokenContext } from "../../../lib/git/tokens.ts";
import { fakeDeps } from "../../support/deps.ts";

function context(
  vars: Record<string, string>,
  settings: Record<string, string> = {},
  more: Partial<TokenContext> = {},
) {
  const deps = fakeDeps();
  const cx: TokenContext = {
    deps,
    env: (name) => vars[name],
    setting: (key) => settings[key],
    ...more,
  };
  return { deps, cx };
}

async function found(cx: TokenContext, host = "github.com", owner = "acme") {
  const token = await tokenFor(cx, host, owner);
  return token && [token.user, token.token.reveal(), token.from];
}

Deno.test("GitHub takes the first token that is set, a variable before its setting", async () => {
  const all = { ATMOS_PRO_GITHUB_TOKEN: "pro1", ATMOS_GITHUB_TOKEN: "own1", GITHUB_TOKEN: "env1" };
  assert.deepEqual(await found(context(all).cx), [
    "x-access-token",
    "pro1",
    "ATMOS_PRO_GITHUB_TOKEN",
  ]);
  const { ATMOS_PRO_GITHUB_TOKEN: _, ...rest } = all;
  assert.deepEqual((await found(context(rest).cx))?.[1], "own1");
  assert.deepEqual(
    (await found(context({ GITHUB_TOKEN: "env1" }, { atmos_github_token: "set1" }).cx))?.[1],
    "set1",
  );
  assert.deepEqual(
    (await found(context({ ATMOS_GITHUB_TOKEN: "" }, { github_token: "set2" }).cx))?.[1],
    "set2",
  );
});

Deno.test("GitLab and Bitbucket have their own variables and users", async () => {
  const vars = { GITLAB_TOKEN: "gl01", BITBUCKET_TOKEN: "bb01" };
  assert.deepEqual(await found(context(vars).cx, "GitLab.com"), ["oauth2", "gl01", "GITLAB_TOKEN"]);
  assert.deepEqual((await found(context(vars).cx, "bitbucket.org"))?.[0], "x-token-auth");
  const named = context({ ...vars, BITBUCKET_USERNAME: "bob" }, { bitbucket_username: "amy" });
  assert.deepEqual((await found(named.cx, "bitbucket.org"))?.[0], "bob");
  assert.equal(await found(context(vars).cx, "example.com"), undefined);
});

Deno.test("a switch that is off gives no token; a bad switch is an error", async () => {
  const vars = { GITHUB_TOKEN: "env1" };
  assert.equal(await found(context(vars, { inject_github_token: "false" }).cx), undefined);
  const back = context({ ...vars, ATMOS_INJECT_GITHUB_TOKEN: "true" }, {
    inject_github_token: "false",
  });
  assert.equal((await found(back.cx))?.[1], "env1");
  await assert.rejects(
    found(context({ ...vars, ATMOS_INJECT_GITHUB_TOKEN: "maybe" }).cx),
    /ATMOS_INJECT_GITHUB_TOKEN='maybe'/,
  );
});

Deno.test("the host of GITHUB_SERVER_URL counts as GitHub", async () => {
  const vars = { GITHUB_SERVER_URL: "https://ghe.example.com", GITHUB_TOKEN: "env1" };
  assert.equal((await found(context(vars).cx, "ghe.example.com"))?.[1], "env1");
});

Deno.test("gh is asked last, within five seconds, and its failure is no token", async () => {
  const { cx, deps } = context({});
  assert.equal(await found(cx), undefined);
  deps.spawn.programs.gh = "/usr/bin/gh";
  deps.spawn.onHelper = () => ({ stdoutText: "gh-token\n" });
  assert.deepEqual(await found(cx), ["x-access-token", "gh-token", "gh auth token"]);
  assert.deepEqual(deps.spawn.helpers.at(-1)?.args, ["auth", "token", "--hostname", "github.com"]);
  assert.equal(deps.spawn.helpers.at(-1)?.timeoutMs, 5000);
  deps.spawn.onHelper = () => ({ code: 1 });
  assert.equal(await found(cx), undefined);
  const off = context({ ATMOS_GITHUB_CLI: "" });
  off.deps.spawn.programs.gh = "/usr/bin/gh";
  assert.equal(await found(off.cx), undefined);
});

Deno.test("a minted token is offered for its owner alone", async () => {
  const minted = (_host: string, owner: string) =>
    owner === "acme" ? new Secret("mint1") : undefined;
  const vars = { ATMOS_PRO_GITHUB_TOKEN: "mint1", GITHUB_TOKEN: "env1" };
  const { cx } = context(vars, {}, { minted, ownProToken: true });
  assert.equal((await found(cx))?.[1], "mint1");
  assert.equal((await found(cx, "github.com", "other"))?.[1], "env1");
});

Deno.test("git configuration in the environment is read, kept and appended to", () => {
  const vars: Record<string, string> = {
    GIT_CONFIG_COUNT: "3",
    GIT_CONFIG_KEY_0: "a.b",
    GIT_CONFIG_VALUE_0: "1",
    GIT_CONFIG_KEY_1: "c.d",
    GIT_CONFIG_KEY_2: "e.f",
    GIT_CONFIG_VALUE_2: "",
  };
  const warnings: string[] = [];
  const entries = readGitConfigEnv((name) => vars[name], (text) => warnings.push(text));
  assert.deepEqual(entries, [{ key: "a.b", value: "1" }, { key: "e.f", value: "" }]);
  assert.equal(warnings.length, 1);
  assert.deepEqual(gitConfigEnv([...entries, { key: "g.h", value: "2" }]).set, {
    GIT_CONFIG_COUNT: "3",
    GIT_CONFIG_KEY_0: "a.b",
    GIT_CONFIG_VALUE_0: "1",
    GIT_CONFIG_KEY_1: "e.f",
    GIT_CONFIG_VALUE_1: "",
    GIT_CONFIG_KEY_2: "g.h",
    GIT_CONFIG_VALUE_2: "2",
  });
  for (const count of ["x", "-1", "10001", "1.5"]) {
    assert.deepEqual(readGitConfigEnv((name) => name === "GIT_CONFIG_COUNT" ? count : "v"), []);
  }
});

Deno.test("owners covered by a rewrite are found inline and in included files, ssh alone does not count", () => {
  const file = `[url "https://x@github.com/Acme/"]\n\tinsteadOf = https://github.com/Acme/\n` +
    `[core]\n\tinsteadOf = https://github.com/none/\n`;
  const entries = [
    { key: "url.https://t@gitlab.com/g/.insteadOf", value: "https://gitlab.com/g/" },
    { key: "url.https://t@gitlab.com/s/.insteadOf", value: "git@gitlab.com:s/" },
    { key: "include.path", value: "/f" },
    { key: "include.path", value: "/gone" },
  ];
  assert.deepEqual(coveredOwners(entries, (path) => path === "/f" ? file : undefined), [
    { host: "gitlab.com", owner: "g" },
    { host: "github.com", owner: "Acme" },
  ]);
});
