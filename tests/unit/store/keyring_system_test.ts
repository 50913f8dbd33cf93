import assert from "node:assert/strict";
import type { KeyringDoors } from "../../../lib/store/keyring_open.ts";
import { systemStore } from "../../../lib/store/keyring_system.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import type { HelperRequest, HelperResult } from "../../../lib/sys/spawn.ts";
import { fakeDeps } from "../../support/deps.ts";
import { decodedCommand, fakeCredentialManager } from "../../support/fake_credential_manager.ts";
import { fakeSecurity } from "../../support/fake_security.ts";

async function setup(
  os: "linux" | "darwin" | "windows",
  run: (request: HelperRequest) => Partial<HelperResult>,
  init: { env?: Record<string, string>; interactive?: boolean; tool?: boolean } = {},
) {
  const deps = fakeDeps();
  deps.spawn.onHelper = run;
  if (init.tool ?? true) deps.spawn.programs["secret-tool"] = "/usr/bin/secret-tool";
  const home: Record<string, string> = os === "windows"
    ? { USERPROFILE: "C:\\Users\\u", LOCALAPPDATA: "C:\\Users\\u\\AppData\\Local" }
    : { HOME: "/home/u" };
  const doors: KeyringDoors = {
    env: fixedEnv({ ...home, ...init.env }, { os }),
    files: deps.files,
    locks: deps.locks,
    spawn: deps.spawn,
    clock: deps.clock,
    random: deps.random,
    interactive: init.interactive ?? false,
    warn: () => {},
    userId: () => 1000,
  };
  deps.files.put("/run/user/1000/bus", "");
  return { deps, store: await systemStore(doors), helpers: deps.spawn.helpers };
}

const BUS = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus,guid=0" };
const nothing = () => ({ code: 1 });

Deno.test("macOS: what is stored can be read, listed and deleted", async () => {
  const security = fakeSecurity();
  const { store, helpers } = await setup("darwin", security.run);
  assert.equal(await store.get("atmos_dev"), undefined);
  await store.set("atmos_dev", '{"token":"größe"}');
  await store.set("atmos_dev", '{"token":"newer"}');
  assert.equal(await store.get("atmos_dev"), '{"token":"newer"}');
  security.items.set("other\0atmos-auth", "x");
  security.items.set("atmos_foreign\0somebody", "x");
  assert.deepEqual(await store.list(), ["atmos_dev"]);
  assert.equal(await store.delete("atmos_dev"), true);
  assert.equal(await store.delete("atmos_dev"), false);
  assert.ok(helpers.every((h) => h.command === "/usr/bin/security"));
  assert.ok(!helpers.some((h) => h.args.join(" ").includes("token")));
});

Deno.test("macOS: names with quotes, backslashes and umlauts survive the grammar of -i", async () => {
  const security = fakeSecurity();
  const { store } = await setup("darwin", security.run);
  for (const key of [`atmos_it's "x" \\ y`, "atmos_größe", "atmos_a b"]) {
    await store.set(key, "v");
    assert.equal(await store.get(key), "v");
    assert.ok((await store.list()).includes(key));
    assert.equal(await store.delete(key), true);
  }
  await assert.rejects(store.set("atmos_a\nb", "v"), { code: "keyring_failed" });
});

Deno.test("macOS: values of other programs are decoded by their prefix", async () => {
  const security = fakeSecurity();
  const { store } = await setup("darwin", security.run);
  const value = '{"type":"oidc"}';
  security.items.set("atmos_raw\0atmos-auth", value);
  security.items.set("atmos_hex\0atmos-auth", `go-keyring-encoded:${hexOf(value)}`);
  security.items.set("atmos_b64\0atmos-auth", `go-keyring-base64:${btoa(value)}`);
  security.items.set("atmos_bad\0atmos-auth", "go-keyring-base64:!!!");
  for (const key of ["atmos_raw", "atmos_hex", "atmos_b64"]) {
    assert.equal(await store.get(key), value);
  }
  await assert.rejects(store.get("atmos_bad"), { code: "keyring_entry_corrupted" });
});

Deno.test("macOS: large values go into parts, each line of -i within its limit", async () => {
  const security = fakeSecurity();
  const { store } = await setup("darwin", security.run);
  const large = "x".repeat(20_000);
  await store.set("atmos_" + "n".repeat(120), large);
  assert.equal(await store.get("atmos_" + "n".repeat(120)), large);
  assert.ok(security.items.size > 5);
});

Deno.test("macOS: exit codes become what they mean", async () => {
  const cases: [number, string][] = [
    [36, "keyring_locked"],
    [51, "keyring_failed"],
    [128, "keyring_failed"],
    [37, "keyring_unavailable"],
    [50, "keyring_unavailable"],
    [52, "keyring_unavailable"],
    [53, "keyring_unavailable"],
    [1, "keyring_failed"],
  ];
  for (const [code, error] of cases) {
    const security = fakeSecurity();
    const { store } = await setup("darwin", security.run);
    await store.set("atmos_dev", "v");
    security.failing = code;
    for (const use of [() => store.get("atmos_dev"), () => store.set("atmos_dev", "w")]) {
      await assert.rejects(use(), { code: error }, `exit ${code}`);
    }
  }
});

Deno.test("macOS: a failing probe makes the store unavailable before anything else runs", async () => {
  for (const code of [36, 37, 50, 53]) {
    const security = fakeSecurity();
    security.failing = code;
    const { store, helpers } = await setup("darwin", security.run);
    await assert.rejects(store.get("atmos_dev"), { code: "keyring_unavailable" });
    await assert.rejects(store.list(), { code: "keyring_unavailable" });
    assert.equal(helpers.length, 1, "asked once a process");
    assert.equal(helpers[0]!.timeoutMs, 3_000);
  }
  const { store } = await setup("darwin", () => ({ timedOut: true }));
  assert.equal((await store.describe()).reason, "the keychain did not answer within 3 s");
});

Deno.test("Windows: what is stored can be read, listed and deleted", async () => {
  const windows = fakeCredentialManager();
  const { store, helpers } = await setup("windows", windows.run);
  await store.set("atmos_dev", "größe");
  assert.equal(await store.get("atmos_dev"), "größe");
  windows.credentials.set("atmos_x:somebody", new Uint8Array());
  assert.deepEqual(await store.list(), ["atmos_dev"]);
  assert.deepEqual([...windows.credentials.keys()], ["atmos_dev:atmos-auth", "atmos_x:somebody"]);
  assert.equal(await store.delete("atmos_dev"), true);
  assert.equal(await store.delete("atmos_dev"), false);
  assert.equal(await store.get("atmos_dev"), undefined);
  const script = decodedCommand(helpers[0]!);
  assert.ok(!script.includes("atmos_dev") && !script.includes("größe"));
  const length = helpers[0]!.args.join(" ").length;
  assert.ok(length < 32_000, `a command line of Windows holds 32767 characters, not ${length}`);
});

Deno.test("Windows: the parts of a large value are one start", async () => {
  const windows = fakeCredentialManager();
  const { store } = await setup("windows", windows.run);
  const large = "x".repeat(10_000);
  await store.set("atmos_big", large);
  assert.equal(windows.credentials.size, 7);
  windows.starts = 0;
  assert.equal(await store.get("atmos_big"), large);
  assert.equal(windows.starts, 2, "the head, then all parts");
});

Deno.test("Windows: constrained mode, a missing session and errors are told", async () => {
  const windows = fakeCredentialManager();
  windows.constrained = true;
  const constrained = await setup("windows", windows.run);
  await assert.rejects(constrained.store.get("atmos_a"), {
    message: "no usable system keyring: PowerShell runs in constrained language mode",
  });
  windows.constrained = false;
  windows.failing = 1312;
  const service = await setup("windows", windows.run);
  await assert.rejects(service.store.get("atmos_a"), { code: "keyring_unavailable" });
  windows.failing = undefined;
  const failing = await setup("windows", windows.run);
  await failing.store.set("atmos_a", "v");
  windows.failing = 5;
  await assert.rejects(failing.store.get("atmos_a"), {
    message: "keyring access failed: Windows error 5",
  });
});

Deno.test("Linux: availability is decided without starting anything", async () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{}, /no D-Bus session bus/],
    [{ DBUS_SESSION_BUS_ADDRESS: "autolaunch:" }, /no D-Bus session bus/],
    [{ DBUS_SESSION_BUS_ADDRESS: "disabled:" }, /no D-Bus session bus/],
    [{ DBUS_SESSION_BUS_ADDRESS: "unix:path=/gone" }, /\/gone does not exist/],
    [{ XDG_RUNTIME_DIR: "/empty" }, /\/empty\/bus does not exist/],
  ];
  for (const [env, reason] of cases) {
    const { store, helpers } = await setup("linux", nothing, { env });
    assert.match((await store.describe()).reason!, reason);
    assert.equal(helpers.length, 0);
  }
  const { store, helpers } = await setup("linux", nothing, { env: BUS, tool: false });
  await assert.rejects(store.get("atmos_a"), (error: Error & { hints: string[] }) => {
    assert.equal(error.message, "no usable system keyring: secret-tool is not installed");
    assert.ok(error.hints.some((hint) => hint.includes("libsecret-tools")));
    assert.ok(error.hints.some((hint) => hint.includes("ATMOS_KEYRING_TYPE=file")));
    return true;
  });
  assert.equal(helpers.length, 0);
});

Deno.test("Linux: the bus of another user is refused", async () => {
  const { deps, store } = await setup("linux", nothing, { env: BUS });
  const facts = deps.files.stat;
  deps.files.stat = (path) => {
    const found = facts(path);
    return found && { ...found, uid: 1001 };
  };
  assert.equal(
    (await store.describe()).reason,
    "the D-Bus session bus at /run/user/1000/bus belongs to another user",
  );
});

Deno.test("Linux: the runtime directory's bus is used, and named to the helper", async () => {
  const { store, helpers } = await setup("linux", nothing, {
    env: { XDG_RUNTIME_DIR: "/run/user/1000" },
  });
  assert.equal(await store.get("atmos_a"), undefined);
  assert.equal(helpers[0]!.env!.DBUS_SESSION_BUS_ADDRESS, "unix:path=/run/user/1000/bus");
  assert.equal(helpers[0]!.timeoutMs, 3_000);
});

Deno.test("Linux: a complaint of the probe is the reason", async () => {
  const stderrText = "secret-tool: Cannot autolaunch D-Bus without X11 $DISPLAY\n";
  const { store } = await setup("linux", () => ({ code: 1, stderrText }), { env: BUS });
  assert.equal((await store.describe()).reason, stderrText.trim());
});

Deno.test("Linux: a value that does not read back as written is an error", async () => {
  const { store } = await setup("linux", (request) => {
    if (request.args[0] === "store") return { code: 0 };
    if (request.args[0] === "lookup" && request.args[2] === "atmos_a") {
      return { code: 0, stdoutText: "cut" };
    }
    return { code: 1 };
  }, { env: BUS });
  await assert.rejects(store.set("atmos_a", "cut off"), { code: "keyring_write_failed" });
});

Deno.test("reads have 10 s, or 120 s when somebody can answer a dialog", async () => {
  for (const [interactive, timeoutMs] of [[false, 10_000], [true, 120_000]] as const) {
    const { store, helpers } = await setup(
      "linux",
      (request) => request.timeoutMs > 3_000 ? { timedOut: true } : { code: 1 },
      { env: BUS, interactive },
    );
    await assert.rejects(store.get("atmos_a"), {
      code: "keyring_timeout",
      message: `keyring timed out: no answer within ${timeoutMs / 1000} s`,
    });
    assert.equal(helpers.at(-1)!.timeoutMs, timeoutMs);
  }
});

function hexOf(text: string): string {
  return new TextEncoder().encode(text).toHex();
}
