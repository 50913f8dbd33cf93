import assert from "node:assert/strict";
import { fileStore, fileStoreDirectory } from "../../../lib/store/keyring_file.ts";
import { escapeKey, unescapeKey } from "../../../lib/store/keyring_vault.ts";
import { importPassword, iterationsOf, open, seal } from "../../../lib/store/jwe.ts";
import { Secret, userAborted } from "../../../lib/core/types.ts";
import { fixedEnv } from "../../../lib/sys/env.ts";
import { systemRandom } from "../../../lib/sys/random.ts";
import { type FakeDeps, fakeDeps } from "../../support/deps.ts";

const DIR = "/home/u/keys";
const PASSWORD = "correct horse battery";
/** 03 §6.4: entry `atmos_dev` as the reference writes it. */
const KNOWN =
  "eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJjcmVhdGVkIjoiMjAyNi0wMS0wMiAwMzowNDowNSArMDAwMCBVVEMiLCJlbmMiOiJBMjU2R0NNIiwicDJjIjo4MTkyLCJwMnMiOiJBQUVDQXdRRkJnY0lDUW9MIn0.P2IllPr4KsfPEr7NOraTkPeuqw_bYddXfrX8RLFYxX2tP0sZ073fOw.oKGio6Slpqeoqaqr.rK1NWpvJpg8YGyyR-uNUk5k12eWoDvFMwObM_5CITp0C1R4Kqj9Nw9o2w8cnpVSAjx5vAqy8e1-0A_SBNuenytCt0193vNHQX0hHDf9VIY_MdtIeUhQrdJm09hgEqN2j1JYPrxAypIn-ATBI7hozPToAo-1bwPwg5JFGI7JukOabv7ANCVSEgOyeFDSnhXTG-FQrDsshkFGbgF8-W68AwIUOkot1K3rFcIsBDBMtDOPs2mPiZjGD5C7hmVd1tsc0vv1H.ELeCY2FdEq3c059CwQO4eA";

interface Options {
  password?: string;
  /** What a person types; null is Esc. */
  typed?: (string | null)[];
  file?: string;
  command?: string[];
  env?: Record<string, string>;
  iterations?: number;
  deps?: FakeDeps;
}

function setup(options: Options = {}) {
  const env: Record<string, string> = options.password === undefined
    ? {}
    : { KEYPASS: options.password };
  const deps = options.deps ?? fakeDeps();
  const asked: string[] = [];
  const notices: string[] = [];
  const typed = options.typed?.slice();
  const store = fileStore({
    directory: DIR,
    iterations: options.iterations ?? 8192,
    password: { variable: "KEYPASS", file: options.file, command: options.command },
    doors: {
      env: fixedEnv({ HOME: "/home/u", ...env, ...options.env }),
      files: deps.files,
      locks: deps.locks,
      spawn: deps.spawn,
      clock: deps.clock,
      random: systemRandom(),
      readDescriptor: async (fd) => `${PASSWORD} from ${fd}\n`,
      notice: (text) => void notices.push(text),
      ...(typed && {
        ask: async (title: string) => {
          asked.push(title);
          const next = typed.shift();
          if (typeof next !== "string") throw userAborted();
          return new Secret(next);
        },
      }),
    },
  });
  return { deps, files: deps.files, store, asked, notices };
}

Deno.test("what is set can be read, listed and deleted", async () => {
  const { store, files } = setup({ password: PASSWORD });
  await store.set("atmos_dev", "value größe\n");
  assert.equal(await store.get("atmos_dev"), "value größe\n");
  assert.deepEqual(await store.list(), ["atmos_dev"]);
  assert.equal(await store.delete("atmos_dev"), true);
  assert.equal(await store.delete("atmos_dev"), false);
  assert.equal(await store.get("atmos_dev"), undefined);
  assert.ok(!files.paths().some((path) => files.text(path).includes("größe")));
});

Deno.test("an entry of the reference is read", async () => {
  const { store, files } = setup({ password: PASSWORD });
  files.put(`${DIR}/atmos_dev`, KNOWN + "\n");
  assert.equal(
    await store.get("atmos_dev"),
    '{"type":"oidc","data":{"token":"t","provider":"p"}}',
  );
});

Deno.test("opening, listing, missing entries and deleting need no password", async () => {
  const { store, files } = setup();
  assert.equal(await store.get("atmos_dev"), undefined);
  files.put(`${DIR}/atmos_dev`, KNOWN);
  assert.deepEqual(await store.list(), ["atmos_dev"]);
  assert.equal(await store.delete("atmos_dev"), true);
});

Deno.test("without password and person the variable is named", async () => {
  const { store, files } = setup();
  files.put(`${DIR}/atmos_dev`, KNOWN);
  const message =
    "keyring password required: set KEYPASS environment variable or run in interactive mode";
  await assert.rejects(store.get("atmos_dev"), { message });
  await assert.rejects(store.set("atmos_new", "v"), { message });
  assert.equal((await store.describe()).available, false);
  assert.equal((await store.describe()).reason, message);
});

Deno.test("a wrong password is told from one entry with another password", async () => {
  const { store, files, deps } = setup({ password: "wrong password" });
  files.put(`${DIR}/atmos_dev`, KNOWN);
  await assert.rejects(store.get("atmos_dev"), { message: "wrong keyring password" });
  await assert.rejects(store.set("atmos_new", "v"), { message: "wrong keyring password" });
  const right = setup({ password: PASSWORD, deps });
  await right.store.set("atmos_new", "v");
  files.put(
    `${DIR}/atmos_other`,
    await seal(new TextEncoder().encode("x"), {
      password: await importPassword(new TextEncoder().encode("wrong password")),
      iterations: 1000,
      created: "",
      random: systemRandom(),
    }),
  );
  await assert.rejects(right.store.get("atmos_other"), {
    message: "keyring entry atmos_other was stored with another password",
  });
  assert.equal(await right.store.get("atmos_new"), "v");
});

Deno.test("a new store gets a check record, which decides from then on", async () => {
  const { store, files, deps } = setup({ password: PASSWORD });
  await store.set("atmos_a", "v");
  assert.ok(files.exists(`${DIR}/.atmos-auth/check`));
  await store.delete("atmos_a");
  const other = setup({ password: "another password", deps });
  await assert.rejects(other.store.set("atmos_b", "v"), { code: "keyring_wrong_password" });
});

Deno.test("a directory of the reference gets none", async () => {
  const { store, files } = setup({ password: PASSWORD });
  files.put(`${DIR}/atmos_dev`, KNOWN);
  await store.set("atmos_new", "v");
  assert.ok(!files.exists(`${DIR}/.atmos-auth/check`));
});

Deno.test("a new password has at least 8 bytes, an old one may be shorter", async () => {
  await assert.rejects(setup({ password: "1234567" }).store.set("atmos_a", "v"), {
    message: "password must be at least 8 characters",
  });
  await setup({ password: "größe67" }).store.set("atmos_a", "v");
  const { store, files } = setup({ password: "short" });
  files.put(
    `${DIR}/atmos_old`,
    await seal(
      new TextEncoder().encode(JSON.stringify({ Key: "atmos_old", Data: btoa("v") })),
      {
        password: await importPassword(new TextEncoder().encode("short")),
        iterations: 1000,
        created: "",
        random: systemRandom(),
      },
    ),
  );
  assert.equal(await store.get("atmos_old"), "v");
});

Deno.test("a person has three tries at an existing store", async () => {
  const { store, files, asked } = setup({ typed: ["wrong one", "wrong two", PASSWORD] });
  files.put(`${DIR}/atmos_dev`, KNOWN);
  assert.ok(await store.get("atmos_dev"));
  assert.ok(await store.get("atmos_dev"));
  assert.deepEqual(asked, Array(3).fill("Enter keyring password"));
  const never = setup({ typed: ["wrong one", "wrong two", "wrong three", PASSWORD] });
  never.files.put(`${DIR}/atmos_dev`, KNOWN);
  for (let i = 0; i < 2; i++) {
    await assert.rejects(never.store.get("atmos_dev"), { code: "keyring_wrong_password" });
  }
  assert.equal(never.asked.length, 3, "not asked again for the next entry");
});

Deno.test("a new store asks twice until both are alike and long enough", async () => {
  const { store, asked, notices } = setup({
    typed: ["short", "long enough 1", "long enough 2", PASSWORD, PASSWORD],
  });
  await store.set("atmos_a", "v");
  assert.equal(asked.length, 5);
  assert.deepEqual(notices, [
    "password must be at least 8 characters",
    "The passwords differ, try again",
  ]);
  assert.equal(await store.get("atmos_a"), "v");
});

Deno.test("Esc at the prompt ends with user aborted", async () => {
  const { store } = setup({ typed: [null] });
  await assert.rejects(store.set("atmos_a", "v"), { code: "user_aborted" });
});

Deno.test("the password comes from a descriptor, a file or a program", async () => {
  const { deps } = setup();
  await setup({ deps, env: { ATMOS_KEYRING_PASSWORD_FD: "3" } }).store.set("atmos_a", "v");
  const same = setup({ deps, password: `${PASSWORD} from 3` });
  assert.equal(await same.store.get("atmos_a"), "v");

  deps.files.put("/home/u/pw", `${PASSWORD} from 3\n`, 0o600);
  assert.equal(await setup({ deps, file: "/home/u/pw" }).store.get("atmos_a"), "v");
  deps.files.put("/home/u/open", `${PASSWORD} from 3\n`, 0o640);
  await assert.rejects(setup({ deps, file: "/home/u/open" }).store.get("atmos_a"), {
    message: "insecure permissions on /home/u/open: the keyring password is readable by others",
  });
  await assert.rejects(setup({ deps, file: "/home/u/none" }).store.get("atmos_a"), {
    code: "keyring_password_source",
  });

  deps.spawn.programs.pass = "/usr/bin/pass";
  deps.spawn.onHelper = () => ({ stdoutText: `${PASSWORD} from 3\n` });
  const command = ["pass", "show", "keyring"];
  assert.equal(await setup({ deps, command }).store.get("atmos_a"), "v");
  assert.equal(deps.spawn.helpers[0]!.command, "/usr/bin/pass");
  assert.equal(deps.spawn.helpers[0]!.timeoutMs, 30_000);
  for (const answer of [{ code: 1 }, { timedOut: true }, { stdoutText: "" }]) {
    deps.spawn.onHelper = () => answer;
    await assert.rejects(setup({ deps, command }).store.get("atmos_a"), {
      code: "keyring_password_source",
    });
  }
});

Deno.test("the password is not trimmed", async () => {
  const { store, deps } = setup({ password: ` ${PASSWORD} ` });
  await store.set("atmos_a", "v");
  await assert.rejects(setup({ deps, password: PASSWORD }).store.get("atmos_a"), {
    code: "keyring_wrong_password",
  });
});

Deno.test("a file under another name, a damaged and an unsupported one are refused", async () => {
  const { store, files } = setup({ password: PASSWORD });
  await store.set("atmos_dev", "v");
  files.put(`${DIR}/atmos_swapped`, KNOWN);
  await assert.rejects(store.get("atmos_swapped"), {
    code: "keyring_entry_corrupted",
    message: /the file holds the entry of another key$/,
  });
  files.put(`${DIR}/atmos_bad`, KNOWN.slice(0, -1) + "Q");
  await assert.rejects(store.get("atmos_bad"), { code: "keyring_entry_corrupted" });
  files.put(`${DIR}/atmos_bad`, "");
  await assert.rejects(store.get("atmos_bad"), { code: "keyring_entry_corrupted" });
  files.put(`${DIR}/atmos_bad`, KNOWN.replace(/^[^.]+/, btoa('{"alg":"dir", "enc":"A256GCM"}')));
  await assert.rejects(store.get("atmos_bad"), {
    message: "unsupported keyring encryption: entry atmos_bad",
  });
});

Deno.test("names are escaped as the reference does, and its escapes are read in either case", () => {
  assert.equal(escapeKey("atmos_core/admin 100%", false), "atmos_core%2Fadmin 100%25");
  assert.equal(escapeKey('atmos_a:b*c\\d"<>|?', true), "atmos_a%3Ab%2Ac%5Cd%22%3C%3E%7C%3F");
  for (const key of ["atmos_a/b", "atmos_%2F", "atmos_größe", "atmos_a:b"]) {
    assert.equal(unescapeKey(escapeKey(key, false)), key);
    assert.equal(unescapeKey(escapeKey(key, true)), key);
  }
  assert.equal(unescapeKey("atmos_a%2fb%C3%b6"), "atmos_a/bö");
});

Deno.test("other names, dot files and directories in the directory are no entries", async () => {
  const { store, files } = setup({ password: PASSWORD });
  await store.set("atmos_a/b", "v");
  files.put(`${DIR}/notes.txt`, "x");
  files.put(`${DIR}/.atmos_hidden`, "x");
  files.put(`${DIR}/atmos_dir/file`, "x");
  assert.deepEqual(await store.list(), ["atmos_a/b"]);
});

Deno.test("a path with an extension means its parent when the reference kept entries there", () => {
  const { files } = setup();
  const warnings: string[] = [];
  const resolve = (path: string) =>
    fileStoreDirectory({ env: fixedEnv({}), files }, path, (text) => void warnings.push(text));
  assert.equal(resolve("/home/u/.atmos"), "/home/u/.atmos");
  files.put("/home/u/atmos_dev", KNOWN);
  assert.equal(resolve("/home/u/keyring"), "/home/u/keyring", "no extension");
  assert.deepEqual(warnings, []);
  assert.equal(resolve("/home/u/.atmos"), "/home/u");
  assert.equal(warnings.length, 1);
  files.put("/home/u/keys.d/x", "");
  assert.equal(resolve("/home/u/keys.d"), "/home/u/keys.d", "it exists");
});

Deno.test("verify names entries by state and rounds", async () => {
  const { store, files } = setup({ password: PASSWORD, iterations: 10_000 });
  assert.deepEqual(await store.verify(), []);
  files.put(`${DIR}/atmos_dev`, KNOWN);
  await store.set("atmos_new", "v");
  files.put(`${DIR}/atmos_swapped`, KNOWN);
  files.put(`${DIR}/atmos_torn`, "x");
  assert.deepEqual(await store.verify(), [
    { key: "atmos_dev", state: "ok", iterations: 8192 },
    { key: "atmos_new", state: "ok", iterations: 10_000 },
    { key: "atmos_swapped", state: "damaged", iterations: 8192 },
    { key: "atmos_torn", state: "damaged", iterations: undefined },
  ]);
});

Deno.test("rotation encrypts everything under the new password and with the configured rounds", async () => {
  const { store, files, deps } = setup({ password: PASSWORD, iterations: 20_000 });
  files.put(`${DIR}/atmos_dev`, KNOWN);
  await store.set("atmos_a/b", "v");
  assert.equal(await store.rotate(new TextEncoder().encode("another password")), 2);
  assert.equal(await store.get("atmos_a/b"), "v", "this process goes on with the new one");
  assert.equal(iterationsOf(files.text(`${DIR}/atmos_dev`)), 20_000);
  const after = setup({ password: "another password", deps });
  assert.equal(await after.store.get("atmos_a/b"), "v");
  assert.ok(files.exists(`${DIR}/.atmos-auth/check`));
  assert.ok(!files.paths().some((path) => path.includes("/new/")));
  await assert.rejects(setup({ password: PASSWORD, deps }).store.get("atmos_dev"), {
    code: "keyring_wrong_password",
  });
});

Deno.test("a rotation that meets an entry it cannot open changes nothing", async () => {
  const { store, files } = setup({ password: PASSWORD });
  await store.set("atmos_a", "v");
  files.put(`${DIR}/atmos_torn`, "x");
  const before = files.text(`${DIR}/atmos_a`);
  await assert.rejects(store.rotate(new TextEncoder().encode("another password")), {
    code: "keyring_entry_corrupted",
  });
  assert.equal(files.text(`${DIR}/atmos_a`), before);
  assert.ok(!files.paths().some((path) => path.includes("/new/")));
});

Deno.test("a rotation cut off while moving is finished by the next use", async () => {
  const { store, files, deps } = setup({ password: PASSWORD });
  await store.set("atmos_a", "one");
  await store.set("atmos_b", "two");
  files.failing.set(`${DIR}/atmos_b`, "power cut");
  await assert.rejects(store.rotate(new TextEncoder().encode("another password")));
  files.failing.clear();
  const after = setup({ password: "another password", deps });
  assert.equal(await after.store.get("atmos_b"), "two");
  assert.equal(await after.store.get("atmos_a"), "one");
  assert.ok(!files.paths().some((path) => path.includes("/new/")));
});

Deno.test("a rotation cut off before moving leaves the old password in force", async () => {
  const { store, files, deps } = setup({ password: PASSWORD });
  await store.set("atmos_a", "one");
  files.put(`${DIR}/.atmos-auth/new/atmos_a`, "half");
  const after = setup({ password: PASSWORD, deps });
  assert.equal(await after.store.get("atmos_a"), "one");
  await after.store.set("atmos_b", "two");
  assert.equal(await after.store.get("atmos_a"), "one");
  assert.ok(!files.exists(`${DIR}/.atmos-auth/new/atmos_a`));
});

Deno.test("every write has its own salt and key", async () => {
  const { store, files } = setup({ password: PASSWORD });
  await store.set("atmos_a", "v");
  const first = files.text(`${DIR}/atmos_a`);
  await store.set("atmos_a", "v");
  assert.notEqual(files.text(`${DIR}/atmos_a`), first);
  const opened = await open(first, await importPassword(new TextEncoder().encode(PASSWORD)));
  assert.ok("plaintext" in opened);
});
