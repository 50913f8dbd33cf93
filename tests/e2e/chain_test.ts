import assert from "node:assert/strict";
import { approving, type Scene, scene } from "../support/emulator.ts";
import { filesBelow } from "../support/program.ts";

/** A program with the AWS SDK for JavaScript that prints who it is. */
const caller = [
  Deno.execPath(),
  "run",
  "--quiet",
  "--allow-all",
  new URL("../../scripts/sts_caller.ts", import.meta.url).pathname,
];
const posix = { ignore: Deno.build.os === "windows" };

/** Requests per operation since the last time this was asked. */
function requests({ emulator }: Scene): Record<string, number> {
  const counters = { ...emulator.admin.counters() };
  emulator.admin.clearLog();
  return counters;
}

/** Sets back the stored expiry of one identity by editing its own file. */
async function expire({ home }: Scene, identity: string): Promise<void> {
  const path = home.join(".config/atmos/aws/company-sso/credentials");
  const text = await Deno.readTextFile(path);
  const section = new RegExp(`(expiration=)\\S+( issued=)\\S+(\\s*\\n\\[${identity}\\])`);
  const edited = text.replace(section, "$12020-01-01T00:00:00Z$22019-12-31T23:00:00Z$3");
  assert.notEqual(edited, text, `no expiry of ${identity} in:\n${text.replace(/= .*/g, "= …")}`);
  await Deno.writeTextFile(path, edited);
}

Deno.test("a chain of four links needs one approval, and the program gets the last one's credentials", async () => {
  await using s = await scene();
  const login = await s.login();
  assert.equal(login.stdout, "");
  assert.match(login.stderr, /Authentication successful/);
  assert.match(login.stderr, /Provider +company-sso/);
  assert.match(login.stderr, /Identity +prod-deployer/);
  const counted = requests(s);
  assert.equal(counted["sso-oidc.StartDeviceAuthorization"], 1);
  assert.equal(counted["sso.GetRoleCredentials"], 1);
  assert.equal(counted["sts.AssumeRole"], 2);

  const who = await s.run(["exec", "--", ...caller, s.emulator.url]);
  assert.equal(who.code, 0, who.stderr);
  const { Account, Arn } = JSON.parse(who.stdout);
  assert.equal(Account, "777788889999");
  assert.match(Arn, /^arn:aws:sts::777788889999:assumed-role\/deployer\//);
});

Deno.test("exec with valid credentials makes no request", async () => {
  await using s = await scene();
  await s.login();
  requests(s);
  for (let i = 0; i < 2; i++) {
    const { code, stderr } = await s.run(["exec", "--", Deno.execPath(), "--version"]);
    assert.equal(code, 0, stderr);
  }
  assert.deepEqual(requests(s), {});
});

Deno.test("when only the last link has expired, exactly one request renews it", async () => {
  await using s = await scene();
  await s.login();
  requests(s);
  await expire(s, "prod-deployer");
  const { code, stderr } = await s.run(["exec", "--", Deno.execPath(), "--version"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(requests(s), { "sts.AssumeRole": 1 });
});

Deno.test("when both roles have expired, the permission set's credentials are used again", async () => {
  await using s = await scene();
  await s.login();
  requests(s);
  await expire(s, "prod-deployer");
  await expire(s, "dev-deployer");
  const { code, stderr } = await s.run(["exec", "--", Deno.execPath(), "--version"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(requests(s), { "sts.AssumeRole": 2 });
});

Deno.test("twenty processes signing in at once ask once and all succeed", async () => {
  await using s = await scene();
  const env = { ATMOS_FORCE_TTY: "true" };
  const results = await approving(
    s.emulator,
    Promise.all(
      Array.from({ length: 20 }, () => s.run(["login", "--device-code"], { env })),
    ),
  );
  assert.deepEqual(
    results.map((r) => r.code),
    Array(20).fill(0),
    results.find((r) => r.code !== 0)?.stderr,
  );
  assert.equal(requests(s)["sso-oidc.StartDeviceAuthorization"], 1);
});

Deno.test("twenty processes that need the same expired role renew it once", async () => {
  await using s = await scene();
  await s.login();
  await expire(s, "prod-deployer");
  requests(s);
  const results = await Promise.all(
    Array.from({ length: 20 }, () => s.run(["exec", "--", Deno.execPath(), "--version"])),
  );
  assert.deepEqual(
    results.map((r) => r.code),
    Array(20).fill(0),
    results.find((r) => r.code !== 0)?.stderr,
  );
  assert.deepEqual(requests(s), { "sts.AssumeRole": 1 });
});

Deno.test("everything written is for the user's eyes only", posix, async () => {
  await using s = await scene();
  await s.login();
  const open: string[] = [];
  const look = (dir: string) => {
    for (const entry of Deno.readDirSync(dir)) {
      const path = `${dir}/${entry.name}`;
      const mode = Deno.lstatSync(path).mode! & 0o077;
      if (mode !== 0) open.push(`${path} ${mode.toString(8)}`);
      if (entry.isDirectory) look(path);
    }
  };
  for (const dir of [".config/atmos", ".local/share/atmos", ".cache/atmos"]) look(s.home.join(dir));
  assert.deepEqual(open, []);
});

/** Every secret that this home holds in clear, and those that the clouds gave out. */
function secretsIn(files: Map<string, string>): string[] {
  const secrets: string[] = [];
  for (const text of files.values()) {
    for (const [, value] of text.matchAll(/aws_(?:secret_access_key|session_token)\s*=\s*(\S+)/g)) {
      secrets.push(value!);
    }
    for (
      const [, value] of text.matchAll(
        /"(?:accessToken|refreshToken|clientSecret|access_token|refresh_token)"\s*:\s*"([^"]+)"/g,
      )
    ) secrets.push(value!);
  }
  return secrets;
}

Deno.test("after logout --all no file below the home directory holds a secret", async () => {
  await using s = await scene();
  await s.login();
  const before = filesBelow(s.home.path);
  const secrets = secretsIn(before);
  assert.ok(secrets.length >= 6, `only ${secrets.length} secrets found to look for`);
  const { code, stderr } = await s.run(["logout", "--all"]);
  assert.equal(code, 0, stderr);
  const after = filesBelow(s.home.path);
  const leaks = [...after].flatMap(([path, text]) =>
    secrets.some((secret) => text.includes(secret)) ? [path] : []
  );
  assert.deepEqual(leaks, []);
  assert.equal(secretsIn(after).length, 0);
  // The keyring is encrypted: its session entries must be gone as files.
  assert.deepEqual(
    [...after.keys()].filter((path) => /keyring\/atmos_/.test(path)),
    [],
  );
});

Deno.test("no output of login, whoami, list or logout holds a secret", async () => {
  await using s = await scene();
  const outputs = [await s.login(), await s.run(["whoami"]), await s.run(["list"])];
  const secrets = secretsIn(filesBelow(s.home.path));
  outputs.push(await s.run(["logout", "--all", "--logs-level=Trace"]));
  for (const { stdout, stderr } of outputs) {
    for (const secret of secrets) assert.ok(!(stdout + stderr).includes(secret));
  }
});

Deno.test(
  "processes killed in the middle of a login leave whole files and free locks",
  posix,
  async () => {
    await using s = await scene();
    await s.login();
    const path = s.home.join(".config/atmos/aws/company-sso/credentials");
    for (let i = 0; i < 12; i++) {
      const killed = s.run(["login"], { timeoutMs: 60 + i * 25 }).catch(() => undefined);
      await killed;
      const text = await Deno.readTextFile(path);
      const sections = text.split(/^(?=; atmos:)/m).filter((part) => part.trim() !== "");
      for (const section of sections) {
        assert.match(
          section,
          /^; atmos: expiration=\S+ issued=\S+.*\n\[[a-z-]+\]\naws_access_key_id\s*= \S+\naws_secret_access_key\s*= \S+\naws_session_token\s*= \S+\n\s*$/,
        );
      }
    }
    const last = await s.run(["login"]);
    assert.equal(last.code, 0, last.stderr);
  },
);
