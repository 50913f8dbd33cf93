import assert from "node:assert/strict";
import { type KeyringDoors, openKeyring } from "../../../lib/store/keyring_open.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import { fakeDeps } from "../../support/deps.ts";

function setup(env: Record<string, string> = {}) {
  const deps = fakeDeps();
  deps.spawn.onHelper = () => ({ code: 1 });
  const doors: KeyringDoors = {
    env: fixedEnv({ HOME: "/home/u", ...env }),
    files: deps.files,
    locks: deps.locks,
    spawn: deps.spawn,
    clock: deps.clock,
    random: deps.random,
    interactive: false,
    warn: (text) => deps.terminal.warn(text),
    userId: () => 1000,
  };
  const open = (type: string, path = "/home/u/keys") =>
    openKeyring({ type, path, passwordEnv: "KEYPASS", iterations: 8192 }, doors);
  return { deps, open };
}

const withBus = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/bus" };

Deno.test("each type opens its store, and opening asks nobody and starts nothing", async () => {
  const { deps, open } = setup();
  await open("system");
  assert.equal(deps.spawn.helpers.length, 0);
  assert.equal((await (await open("file")).describe()).type, "file");
  assert.equal((await (await open("memory")).describe()).type, "memory");
  assert.equal((await (await open("none")).describe()).type, "noop");
  assert.equal((await (await open("system")).describe()).type, "system-keyring");
  assert.deepEqual(deps.files.paths(), []);
});

Deno.test("an unknown type is an error, never the default store", async () => {
  const { open } = setup();
  await assert.rejects(open("sytsem"), { message: "unsupported keyring type: sytsem", exit: 1 });
});

Deno.test("a file store that cannot open is an error, never another store", async () => {
  const { deps, open } = setup({ KEYPASS: "correct horse" });
  deps.files.put("/home/u/keys", "a file");
  for (const type of ["file", "auto"]) {
    await assert.rejects(open(type), {
      message: "cannot open the file keyring: /home/u/keys is not a directory",
    });
  }
});

Deno.test("auto takes the system's keyring, else the file store with a password, else none", async () => {
  const desktop = setup(withBus);
  desktop.deps.files.put("/run/bus", "");
  desktop.deps.spawn.programs["secret-tool"] = "/usr/bin/secret-tool";
  desktop.deps.files.stat = ((stat) => (path: string) => {
    const facts = stat(path);
    return facts && { ...facts, uid: 1000 };
  })(desktop.deps.files.stat);
  assert.equal((await (await desktop.open("auto")).describe()).type, "system-keyring");
  const server = setup({ KEYPASS: "correct horse" });
  assert.equal((await (await server.open("auto")).describe()).type, "file");
  const ci = setup();
  assert.equal((await (await ci.open("auto")).describe()).type, "noop");
});

Deno.test("a path with an extension is followed to its parent, with a warning", async () => {
  const { deps, open } = setup();
  deps.files.put("/home/u/atmos_dev", "x");
  const store = await open("file", "/home/u/.atmos");
  assert.equal((await store.describe()).location, "/home/u");
  assert.equal(deps.terminal.warnings.length, 1);
});
