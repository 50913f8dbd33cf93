import assert from "node:assert/strict";
import { AuthError, type Mode, Secret } from "../../../lib/core/types.ts";
import user, { sessionSeconds } from "../../../providers/aws_user.ts";
import { type FakeDeps, fakeDeps } from "../../support/deps.ts";
import { type Emulated, emulated } from "../../support/emulated.ts";
import { identity, kindContext } from "../../support/kind.ts";

const alice = (values: Record<string, unknown> = {}) => identity("me", "aws/user", values);

function at(world: Emulated, entry = alice(), mode: Partial<Mode> = {}) {
  return kindContext(world.deps as unknown as FakeDeps, [entry], { mode, rootName: "aws-user" });
}

function authenticate(world: Emulated, entry = alice(), mode: Partial<Mode> = {}) {
  return user.create(entry).authenticate(null, at(world, entry, mode));
}

function keysOf(world: Emulated, name: string) {
  const found = world.emulator.admin.info().users.find((u) => u.name === name)!;
  return { access_key_id: found.accessKeyId!, secret_access_key: found.secretAccessKey! };
}

function store(world: Emulated, more: Record<string, unknown> = {}, name = "ci") {
  const { access_key_id, secret_access_key } = keysOf(world, name);
  world.deps.keyring.entries.set("identity:me", {
    source: "keyring",
    storageClass: "long-lived",
    credentials: {
      type: "aws",
      access_key_id,
      secret_access_key: new Secret(secret_access_key),
      ...more,
    },
  });
}

Deno.test("keys from the configuration give a session of twelve hours", async () => {
  await using world = await emulated();
  const session = await authenticate(world, alice({ credentials: keysOf(world, "ci") }));
  assert(session?.type === "aws" && session.session_token);
  const hours = (Date.parse(session.expiration!) - world.clock.now()) / 3600_000;
  assert.equal(Math.round(hours * 100) / 100, 12);
  assert.equal(world.deps.keyring.reads, 0);
});

Deno.test("one key without the other is an error", async () => {
  await using world = await emulated();
  await assert.rejects(authenticate(world, alice({ credentials: { access_key_id: "AKIAX" } })), {
    code: "invalid_auth_config",
    message: /access_key_id and secret_access_key must both be provided or both be empty/,
  });
});

Deno.test("keys from the keyring give a session", async () => {
  await using world = await emulated();
  store(world);
  const session = await authenticate(world);
  assert(session?.type === "aws" && session.session_token);
});

Deno.test("a keyring that cannot be read is an error and opens no browser", async () => {
  await using world = await emulated();
  world.deps.keyring.get = () =>
    Promise.reject(new AuthError({ code: "keyring_locked", message: "the keyring is locked" }));
  world.deps.terminal.canOpenBrowser = true;
  await assert.rejects(authenticate(world, alice(), { browserFlows: true, prompts: true }), {
    code: "keyring_read_failed",
    message: "failed to read AWS user credentials from keyring: the keyring is locked",
  });
  assert.deepEqual(world.deps.terminal.openedUrls, []);
});

Deno.test("half a key pair in the keyring is an error", async () => {
  await using world = await emulated();
  store(world, { secret_access_key: undefined });
  await assert.rejects(authenticate(world), { code: "keyring_read_failed" });
});

Deno.test("a session in the keyring is no key pair", async () => {
  await using world = await emulated();
  store(world, { session_token: new Secret("left-over-token") });
  await assert.rejects(authenticate(world), { code: "login_required" });
  assert.match(world.deps.terminal.warnings.join(), /temporary credentials/);
});

Deno.test("without any source the user is not configured", async () => {
  await using world = await emulated();
  const entry = alice({ credentials: { webflow_enabled: false } });
  await assert.rejects(authenticate(world, entry), {
    code: "aws_user_not_configured",
    message: /^aws user not configured: /,
    hints: ["Run `atmos-auth user configure --identity me`"],
  });
});

Deno.test("keys are asked for where the browser is switched off, and kept", async () => {
  await using world = await emulated();
  const { access_key_id, secret_access_key } = keysOf(world, "ci");
  world.deps.terminal.answers = [access_key_id, secret_access_key, "", "1h"];
  const entry = alice({ credentials: { webflow_enabled: false } });
  const session = await authenticate(world, entry, { prompts: true });
  assert(session?.type === "aws" && session.session_token);
  const kept = world.deps.keyring.entries.get("identity:me")!;
  assert.equal(kept.storageClass, "long-lived");
  assert(kept.credentials.type === "aws");
  assert.equal(kept.credentials.session_duration, "1h");
});

Deno.test("an MFA device is asked for by its ARN", async () => {
  await using world = await emulated();
  const info = world.emulator.admin.info().users.find((u) => u.name === "alice")!;
  const { code } = await world.emulator.admin.totp({ user: "alice" });
  world.deps.terminal.answers = [code];
  const entry = alice({ credentials: { ...keysOf(world, "alice"), mfa_arn: info.mfaSerial } });
  const session = await authenticate(world, entry, { prompts: true });
  assert(session?.type === "aws" && session.session_token);
  assert.deepEqual(world.deps.terminal.asked, ["Enter MFA Token"]);
});

Deno.test("a refused MFA code is asked for once more", async () => {
  await using world = await emulated();
  const info = world.emulator.admin.info().users.find((u) => u.name === "alice")!;
  const { code } = await world.emulator.admin.totp({ user: "alice" });
  const wrong = code === "000000" ? "111111" : "000000";
  world.deps.terminal.answers = [wrong, code];
  const entry = alice({ credentials: { ...keysOf(world, "alice"), mfa_arn: info.mfaSerial } });
  assert.equal((await authenticate(world, entry, { prompts: true }))?.type, "aws");
  world.deps.terminal.answers = [wrong, wrong === "000000" ? "222222" : "000000"];
  await assert.rejects(authenticate(world, entry, { prompts: true }), {
    message: /MultiFactorAuthentication failed/,
  });
});

Deno.test("without anybody to ask, the missing MFA code names the device and mfa_process", async () => {
  await using world = await emulated();
  const entry = alice({
    credentials: { ...keysOf(world, "alice"), mfa_arn: "arn:aws:iam::111122223333:mfa/alice" },
  });
  await assert.rejects(authenticate(world, entry), (error: AuthError) => {
    assert.equal(error.code, "mfa_code_needed");
    assert.match(error.message, /arn:aws:iam::111122223333:mfa\/alice/);
    assert.match(error.hints.join(), /mfa_process/);
    return true;
  });
});

Deno.test("mfa_process gives the code", async () => {
  await using world = await emulated();
  const info = world.emulator.admin.info().users.find((u) => u.name === "alice")!;
  const { code } = await world.emulator.admin.totp({ user: "alice" });
  world.deps.spawn.onHelper = () => ({ stdoutText: `${code}\n` });
  world.deps.spawn.programs.totp = "/usr/bin/totp";
  const entry = alice({
    credentials: {
      ...keysOf(world, "alice"),
      mfa_arn: info.mfaSerial,
      mfa_process: ["totp", "aws"],
    },
  });
  assert.equal((await authenticate(world, entry))?.type, "aws");
  assert.equal(world.deps.spawn.helpers[0]!.command, "/usr/bin/totp");
});

Deno.test("mfa_totp_secret computes the code", async () => {
  await using world = await emulated();
  const info = world.emulator.admin.info().users.find((u) => u.name === "alice")!;
  const entry = alice({
    credentials: {
      ...keysOf(world, "alice"),
      mfa_arn: info.mfaSerial,
      mfa_totp_secret: info.mfaSecret,
    },
  });
  assert.equal((await authenticate(world, entry))?.type, "aws");
  // the code is spent: the next session waits for the next one
  assert.equal((await authenticate(world, entry))?.type, "aws");
  assert.equal(world.calls("sts.GetSessionToken"), 2);
});

Deno.test("an mfa_process that prints no six digits is an error without its output", async () => {
  await using world = await emulated();
  world.deps.spawn.onHelper = () => ({ stdoutText: "secret-output" });
  const entry = alice({
    credentials: { ...keysOf(world, "alice"), mfa_arn: "arn:x", mfa_process: "code" },
  });
  await assert.rejects(authenticate(world, entry), (error: AuthError) => {
    assert.equal(error.code, "mfa_process_failed");
    assert(!error.message.includes("secret-output"));
    return true;
  });
  assert.deepEqual(world.deps.spawn.helpers[0]!.args, ["-c", "code"]);
});

Deno.test("unknown keys of the configuration are never deleted anywhere", async () => {
  await using world = await emulated();
  const entry = alice({ credentials: { access_key_id: "AKIAGONE", secret_access_key: "gone" } });
  await assert.rejects(authenticate(world, entry), {
    code: "credentials_revoked",
    message: /^credentials are invalid or have been revoked: .*configuration/,
  });
});

Deno.test("unknown keys of the keyring are confirmed, removed, and asked for anew", async () => {
  await using world = await emulated();
  store(world, { access_key_id: "AKIAGONE" });
  await assert.rejects(authenticate(world), { code: "credentials_revoked" });
  assert.equal(world.calls("sts.GetCallerIdentity"), 1);
  assert.equal(world.deps.keyring.entries.has("identity:me"), false);

  store(world, { access_key_id: "AKIAGONE" });
  const { access_key_id, secret_access_key } = keysOf(world, "ci");
  world.deps.terminal.answers = [access_key_id, secret_access_key, "", ""];
  assert.equal((await authenticate(world, alice(), { prompts: true }))?.type, "aws");
});

Deno.test("keys that one call alone did not know stay", async () => {
  await using world = await emulated();
  store(world);
  world.emulator.admin.faults([{ at: "sts.GetSessionToken", reply: "aws:InvalidClientTokenId" }]);
  await assert.rejects(authenticate(world), { message: /InvalidClientTokenId/ });
  assert.equal(world.deps.keyring.entries.has("identity:me"), true);
});

Deno.test("a wrong secret key is asked for alone", async () => {
  await using world = await emulated();
  store(world, { secret_access_key: new Secret("wrong-secret-key") });
  world.deps.terminal.answers = [keysOf(world, "ci").secret_access_key];
  assert.equal((await authenticate(world, alice(), { prompts: true }))?.type, "aws");
  assert.deepEqual(world.deps.terminal.asked, ["AWS Secret Access Key"]);
});

Deno.test("session durations are clamped by what AWS allows", () => {
  const cx = kindContext(fakeDeps(), [alice()]);
  const seconds = (duration: string | undefined, mfa: boolean) =>
    sessionSeconds(
      cx,
      alice(duration === undefined ? {} : { session: { duration } }),
      { type: "aws" },
      mfa,
    );
  assert.equal(seconds(undefined, false), 43200);
  assert.equal(seconds("8h", false), 28800);
  assert.equal(seconds("24h", true), 86400);
  assert.equal(seconds("24h", false), 43200);
  assert.equal(seconds("48h", true), 129600);
  assert.equal(seconds("2d", true), 129600);
  assert.equal(seconds("5m", false), 900);
  assert.equal(seconds("0", false), 43200);
  assert.equal(seconds("40000d", true), 43200);
  assert.equal(sessionSeconds(cx, alice(), { type: "aws", session_duration: "1h" }, false), 3600);
});

// --- browser -------------------------------------------------------------------------------------

const interactive: Partial<Mode> = { prompts: true, browserFlows: true, fresh: true };

Deno.test("the browser signs a user in, and the refresh token serves afterwards", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const first = await authenticate(world, alice(), interactive);
  assert(first?.type === "aws" && first.session_token);
  assert.equal(Math.round((Date.parse(first.expiration!) - world.clock.now()) / 60_000), 15);
  const url = new URL(world.deps.terminal.openedUrls[0]!);
  assert.equal(url.searchParams.get("code_challenge_method"), "SHA-256");
  assert.equal(url.searchParams.get("client_id"), "arn:aws:signin:::devtools/same-device");

  world.clock.advance(14 * 60_000);
  const second = await authenticate(world);
  assert(second?.type === "aws");
  assert.notEqual(second.access_key_id, first.access_key_id);
  assert.equal(world.deps.terminal.openedUrls.length, 1);
  // rotated: the next refresh needs the token of the last
  assert.equal((await authenticate(world))?.type, "aws");
});

Deno.test("--webflow passes over keys and refresh token", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  store(world);
  for (const _ of [1, 2]) await authenticate(world, alice(), { ...interactive, webflow: true });
  assert.equal(world.deps.terminal.openedUrls.length, 2);
  assert.equal(world.deps.keyring.reads, 0);
});

Deno.test("--webflow on an identity without it is refused", async () => {
  await using world = await emulated();
  const entry = alice({ credentials: { webflow_enabled: false } });
  await assert.rejects(authenticate(world, entry, { ...interactive, webflow: true }), {
    code: "webflow_disabled",
    message: /^browser authentication is disabled/,
  });
});

Deno.test("without a browser the code of another device is pasted", async () => {
  await using world = await emulated();
  world.deps.terminal.secret = async () => {
    const shown = world.deps.terminal.notices.join("\n").match(/http:\S+/)![0];
    const url = new URL(shown);
    assert.equal(url.searchParams.get("client_id"), "arn:aws:signin:::devtools/cross-device");
    const page = await (await fetch(shown)).text();
    return new Secret(
      page.match(/[A-Za-z0-9+/=_-]{40,}/g)!.sort((a, b) => b.length - a.length)[0]!,
    );
  };
  assert.equal((await authenticate(world, alice(), interactive))?.type, "aws");
});

Deno.test("what is pasted must be the page's text of this very sign-in", async () => {
  await using world = await emulated();
  const pasting = async (text: string) => {
    world.deps.terminal.answers = [text];
    await authenticate(world, alice(), interactive);
  };
  await assert.rejects(pasting(" "), { message: "authorization code is required" });
  await assert.rejects(pasting("%%%"), { message: /^failed to read authorization code/ });
  await assert.rejects(pasting(btoa("state=other&code=abc")), {
    message: "state mismatch: possible CSRF attack",
  });
});

Deno.test("a revoked refresh token is dropped and the browser opened", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await authenticate(world, alice(), interactive);
  world.emulator.admin.faults([
    { at: "signin.*", reply: "aws:USER_CREDENTIALS_CHANGED" },
  ]);
  await assert.rejects(authenticate(world), {
    code: "login_required",
    message: /^browser refresh token has been revoked/,
  });
  assert.equal(world.deps.files.paths().some((p) => p.includes("aws-webflow")), false);
  assert.equal((await authenticate(world, alice(), interactive))?.type, "aws");
});

Deno.test("a busy sign-in service is an error and keeps the refresh token", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  await authenticate(world, alice(), interactive);
  world.emulator.admin.faults([{ at: "signin.*", times: 0, reply: "http:503" }]);
  await assert.rejects(authenticate(world), {
    message: /^failed to refresh browser credentials: .*HTTP 503/,
  });
  assert.equal(world.deps.files.paths().some((p) => p.includes("aws-webflow")), true);
});

Deno.test("a code that cannot be exchanged is said to be that", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  world.emulator.admin.faults([{
    at: "signin.CreateOAuth2Token",
    reply: "aws:INSUFFICIENT_PERMISSIONS",
  }]);
  await assert.rejects(authenticate(world, alice(), interactive), (error: AuthError) => {
    assert.match(error.message, /^failed to exchange authorization code for credentials: /);
    assert.match(error.hints.join(), /SignInLocalDevelopmentAccess/);
    return true;
  });
});

Deno.test("logout removes session and refresh token", async () => {
  await using world = await emulated();
  world.deps.terminal.canOpenBrowser = true;
  const cx = at(world, alice(), interactive);
  const kind = user.create(cx.entries[0]!);
  await kind.materialize(await kind.authenticate(null, cx), cx);
  assert.match(world.deps.files.paths().join(), /aws\/aws-user\/credentials/);
  const report = await kind.logout(cx);
  assert.equal(report.removed.length, 2);
  assert.deepEqual(world.deps.files.paths().filter((p) => !p.endsWith(".lock")), []);
});
