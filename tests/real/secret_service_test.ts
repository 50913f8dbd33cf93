import assert from "node:assert/strict";
import type { RawStore } from "../../lib/store/keyring.ts";
import type { KeyringDoors } from "../../lib/store/keyring_open.ts";
import { systemStore } from "../../lib/store/keyring_system.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { fixedEnv } from "../../lib/sys/env.ts";
import { systemFiles } from "../../lib/sys/files.ts";
import { systemLocks } from "../../lib/sys/locks.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { systemSpawn } from "../../lib/sys/spawn.ts";
import { userId } from "../../lib/sys/user.ts";
import {
  python,
  type SecretService,
  secretService,
  secretServiceNeeds,
} from "../support/gnome_keyring.ts";
import { runProgram } from "../support/program.ts";
import { realTest } from "../support/real.ts";
import { tempDir } from "../support/temp.ts";

function storeAt(
  env: Record<string, string>,
  change: Partial<KeyringDoors> = {},
): Promise<RawStore> {
  const files = systemFiles();
  return systemStore({
    env: fixedEnv(env),
    files,
    locks: systemLocks({ ensureDir: (dir) => files.ensureDir(dir) }),
    spawn: systemSpawn(),
    random: systemRandom(),
    clock: systemClock(),
    interactive: false,
    warn: () => {},
    userId,
    ...change,
  });
}

function serviceTest(name: string, run: (service: SecretService) => Promise<void>): void {
  realTest(`gnome-keyring: ${name}`, secretServiceNeeds, async () => {
    await using service = await secretService();
    await run(service);
  });
}

serviceTest("what is stored can be read, listed and deleted", async (service) => {
  const store = await storeAt(service.env);
  assert.deepEqual(await store.describe(), {
    type: "system-keyring",
    location: "Secret Service (secret-tool)",
    locked: false,
    available: true,
    reason: undefined,
  });
  assert.equal(await store.get("atmos_dev"), undefined);
  await store.set("atmos_dev", '{"token":"größe \\n"}');
  await store.set("atmos_dev", '{"token":"newer"}');
  await store.set("atmos_r_core/admin", "x");
  assert.equal(await store.get("atmos_dev"), '{"token":"newer"}');
  assert.deepEqual(await store.list(), ["atmos_dev", "atmos_r_core/admin"]);
  assert.equal(await store.delete("atmos_dev"), true);
  assert.equal(await store.delete("atmos_dev"), false);
  assert.deepEqual(await store.list(), ["atmos_r_core/admin"]);
});

serviceTest("values of 20 KB go into parts and come back whole", async (service) => {
  const store = await storeAt(service.env);
  const large = JSON.stringify({ token: "ö".repeat(10_000) });
  await store.set("atmos_big", large);
  assert.equal(await store.get("atmos_big"), large);
  assert.deepEqual(await store.list(), ["atmos_big"]);
  const items = await python(
    service.env,
    "print(sorted(i.get_attributes()['service'] for i in default().get_all_items()))",
  );
  assert.equal(
    items.stdout.trim(),
    "['atmos_big', 'atmos_big#1', 'atmos_big#2', 'atmos_big#3', 'atmos_big#4']",
  );
  await store.set("atmos_big", "small");
  assert.equal(await store.get("atmos_big"), "small");
  await store.set("atmos_big", large);
  await store.delete("atmos_big");
  const left = await python(service.env, "print(len(list(default().get_all_items())))");
  assert.equal(left.stdout.trim(), "0");
});

serviceTest("another client reads our items, and we read its", async (service) => {
  const store = await storeAt(service.env);
  await store.set("atmos_ours", "from us");
  const read = await python(
    service.env,
    `item, = default().search_items({"service": "atmos_ours", "username": "atmos-auth"})
print(item.get_label(), item.get_secret().decode(), item.get_secret_content_type())`,
  );
  assert.equal(read.stdout.trim(), "Password for 'atmos-auth' on 'atmos_ours' from us text/plain");
  await python(
    service.env,
    `default().create_item("Password for 'atmos-auth' on 'atmos_theirs'",
  {"service": "atmos_theirs", "username": "atmos-auth"}, b"from them", replace=True,
  content_type="text/plain; charset=utf-8")`,
  );
  assert.equal(await store.get("atmos_theirs"), "from them");
  await store.set("atmos_theirs", "replaced");
  assert.equal(await store.get("atmos_theirs"), "replaced");
});

serviceTest("a locked collection is told from a missing entry", async (service) => {
  const store = await storeAt(service.env);
  await store.set("atmos_dev", "v");
  await service.lock();
  const locked = { code: "keyring_locked" };
  await assert.rejects(store.get("atmos_dev"), locked);
  await assert.rejects(store.set("atmos_dev", "w"), locked);
  await assert.rejects(store.set("atmos_new", "w"), locked);
  await assert.rejects(store.delete("atmos_dev"), locked);
  assert.equal(await store.get("atmos_missing"), undefined);
  assert.equal(await store.delete("atmos_missing"), false);
  assert.deepEqual(await store.list(), ["atmos_dev"]);
  const facts = await store.describe();
  assert.deepEqual([facts.locked, facts.available], [true, false]);
});

serviceTest("no secret ever stands in argv", async (service) => {
  const real = systemSpawn();
  const argv: string[] = [];
  const store = await storeAt(service.env, {
    spawn: {
      ...real,
      helper: (request) => {
        argv.push(...request.args);
        return real.helper(request);
      },
    },
  });
  await store.set("atmos_dev", "very secret");
  await store.get("atmos_dev");
  assert.ok(argv.length > 0);
  assert.ok(!argv.join(" ").includes("secret"));
});

realTest(
  "without a bus the keyring is unavailable and nothing is started",
  secretServiceNeeds,
  async () => {
    await using dir = await tempDir();
    const spawn = systemSpawn();
    const started: string[] = [];
    const counting = {
      ...spawn,
      helper: (request: Parameters<typeof spawn.helper>[0]) => {
        started.push(request.command);
        return spawn.helper(request);
      },
    };
    const variants: Record<string, string>[] = [
      {},
      { XDG_RUNTIME_DIR: dir.path },
      { DBUS_SESSION_BUS_ADDRESS: "autolaunch:" },
      { DBUS_SESSION_BUS_ADDRESS: `unix:path=${dir.join("gone")}` },
    ];
    for (const variables of variants) {
      const env = { HOME: dir.path, PATH: Deno.env.get("PATH")!, ...variables };
      const store = await storeAt(env, { spawn: counting });
      await assert.rejects(store.get("atmos_dev"), {
        code: "keyring_unavailable",
        message: /^no usable system keyring: no D-Bus session bus/,
      });
    }
    assert.deepEqual(started, []);
  },
);

realTest("a bus without a Secret Service is unavailable", secretServiceNeeds, async () => {
  await using dir = await tempDir();
  // No service directories: nothing can be activated.
  const config = await dir.write(
    "bus.conf",
    `<busconfig><type>session</type><listen>unix:path=${dir.join("bus")}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
  );
  const bus = new Deno.Command("dbus-daemon", {
    args: ["--nofork", `--config-file=${config}`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    for (let i = 0; i < 50 && !systemFiles().exists(dir.join("bus")); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const store = await storeAt({
      HOME: dir.path,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${dir.join("bus")}`,
    });
    const facts = await store.describe();
    assert.equal(facts.available, false);
    assert.match(facts.reason!, /org\.freedesktop\.secrets/);
  } finally {
    bus.kill("SIGTERM");
    await bus.status;
  }
});

realTest(
  "a secret-tool or a bus that never answers ends after 3 s",
  secretServiceNeeds,
  async () => {
    await using dir = await tempDir();
    await dir.write("bin/secret-tool", "#!/bin/sh\nsleep 60\n", 0o755);
    using silent = Deno.listen({ transport: "unix", path: dir.join("bus") });
    const env = {
      HOME: dir.path,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${dir.join("bus")}`,
    };
    const spawn = systemSpawn();
    const hanging = { ...spawn, which: () => dir.join("bin/secret-tool") };
    const started = Date.now();
    for (const doors of [{ spawn: hanging }, { spawn }]) {
      const store = await storeAt(env, doors);
      const reason = (await store.describe()).reason;
      assert.equal(reason, "secret-tool did not answer within 3 s");
    }
    assert.ok(Date.now() - started < 9_000);
    void silent;
  },
);

serviceTest("the program keeps sessions and keys there, and logout takes them", async (service) => {
  await using dir = await tempDir();
  await dir.write(
    "atmos.yaml",
    `auth:
  realm: acme
  providers: {main: {kind: mock}}
  identities:
    dev: {kind: mock, via: {provider: main}, default: true}
    me: {kind: aws/user}
`,
  );
  const { HOME: _, PATH: __, ...bus } = service.env;
  const run = async (args: string[], stdin?: string) => {
    const result = await runProgram({ args, home: dir, env: bus, stdin });
    assert.equal(result.code, 0, result.stderr);
    return result;
  };
  await run(["login"]);
  await run(
    ["user", "configure", "--access-key-id", "AKIAEXAMPLE", "--secret-stdin"],
    "s3cr3t-key",
  );
  const stored = await python(
    service.env,
    `print(sorted(i.get_attributes()['service'] for i in default().get_all_items()))`,
  );
  assert.equal(stored.stdout.trim(), "['atmos_acme_dev', 'atmos_acme_main', 'atmos_acme_me']");
  const shown = JSON.parse((await run(["keyring", "show", "me", "-f", "json"])).stdout);
  assert.equal(shown.store, "system-keyring");
  await run(["logout", "--all"]);
  const left = await run(["keyring", "list"]);
  assert.match(left.stdout, /^me\t/);
  await run(["logout", "--all", "--keychain", "--force"]);
  assert.equal((await run(["keyring", "list"])).stdout, "");
});
