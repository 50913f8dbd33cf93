import assert from "node:assert/strict";
import { program } from "../support/build.ts";
import { scene } from "../support/emulator.ts";
import { assertGolden } from "../support/golden.ts";
import { privateHome, runProgram, type RunResult } from "../support/program.ts";
import type { TempDir } from "../support/temp.ts";

const posix = { ignore: Deno.build.os === "windows" };
const password = { ATMOS_KEYRING_PASSWORD: "correct horse battery" };

const config = (more = "", keyring = "{type: memory}") =>
  `auth:
  keyring: ${keyring}
  providers:
    desk: {kind: mock/aws}
  identities:
    dev: {kind: mock/aws, default: true, via: {provider: desk}}
${more}`;

const fileKeyring = "{type: file, spec: {iterations: 8192}}";

interface Finding {
  id: string;
  state: string;
  finding: string;
  hint?: string;
  fix?: string;
}

async function doctor(
  home: TempDir,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<RunResult & { of: (id: string) => Finding[]; bad: string[] }> {
  const result = await runProgram({ args: ["doctor", "-f", "json", ...args], home, env });
  const { checks } = JSON.parse(result.stdout) as { checks: Finding[] };
  return {
    ...result,
    of: (id) => checks.filter((check) => check.id === id),
    bad: checks.filter(({ state }) => state === "error").map(({ id }) => id),
  };
}

/** Times of everything below a directory, the files of the keyring's own probe apart. */
function times(dir: string, out: Record<string, number> = {}): Record<string, number> {
  for (const { name, isDirectory } of Deno.readDirSync(dir)) {
    const path = `${dir}/${name}`;
    if (isDirectory) times(path, out);
    else out[path] = Deno.statSync(path).mtime!.getTime();
  }
  return out;
}

Deno.test("doctor writes nothing, not even into lock files", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config());
  await runProgram({ args: ["login"], home });
  const before = times(home.path);
  assert.ok(Object.keys(before).some((path) => path.endsWith(".lock")));
  await doctor(home);
  assert.deepEqual(times(home.path), before);
});

Deno.test("doctor does not bind an empty file keyring to the password at hand", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config("", fileKeyring));
  const { of, files } = await doctor(home, [], password);
  assert.match(of("keyring.probe")[0]!.finding, /^file at .*: nothing in it yet$/);
  assert.deepEqual([...files.keys()], ["atmos.yaml"]);
});

Deno.test("doctor probes a file keyring and leaves no entry behind", async () => {
  await using home = await privateHome();
  await home.write(
    "atmos.yaml",
    config("    ring: {kind: mock, via: {provider: desk}}\n", fileKeyring),
  );
  await runProgram({ args: ["login", "-i", "ring"], home, env: password });
  const before = [...(await runProgram({ args: ["version"], home })).files.keys()];
  const { of, files } = await doctor(home, [], password);
  assert.match(of("keyring.probe")[0]!.finding, /can be written, read and cleared/);
  assert.deepEqual([...files.keys()], before);
  const wrong = await doctor(home, [], { ATMOS_KEYRING_PASSWORD: "not the same one" });
  assert.notEqual(wrong.of("keyring.probe")[0]!.state, "ok");
});

Deno.test("without a session bus doctor says so and names the file keyring", posix, async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config("", "{type: system}"));
  const { of, bad } = await doctor(home);
  if (Deno.build.os !== "linux") return;
  assert.deepEqual(bad, ["keyring.probe"]);
  assert.match(of("keyring.probe")[0]!.finding, /not available/);
  assert.match(of("keyring.probe")[0]!.hint!, /ATMOS_KEYRING_TYPE=file/);
});

Deno.test(
  "doctor finds open modes all over our directories, and --fix closes them",
  posix,
  async () => {
    await using s = await scene();
    await s.login();
    const opened = [
      ".cache/atmos/aws-sso",
      ".local/share/atmos/keyring",
      ".config/atmos/aws/company-sso/credentials",
    ].map((path) => `${s.home.path}/${path}`);
    for (const path of opened) Deno.chmodSync(path, Deno.statSync(path).isFile ? 0o644 : 0o755);
    const env = { ATMOS_KEYRING_TYPE: "file", ...password };
    const sick = await doctor(s.home, [], env);
    assert.equal(sick.code, 1);
    const named = sick.of("files.modes").map(({ finding }) => finding.split(":")[0]).sort();
    assert.deepEqual(named, [...opened].sort());
    for (const path of opened) assert.notEqual(Deno.statSync(path).mode! & 0o077, 0);

    const cured = await doctor(s.home, ["--fix", "--yes"], env);
    assert.equal(cured.of("files.modes")[0]!.state, "ok", cured.stdout);
    for (const path of opened) assert.equal(Deno.statSync(path).mode! & 0o077, 0);
    const before = times(s.home.path);
    assert.deepEqual(
      Object.keys(before).filter((path) => times(s.home.path)[path] !== before[path]),
      [],
    );
  },
);

Deno.test("doctor names who holds a lock, and lets it be", posix, async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config());
  await runProgram({ args: ["login"], home });
  const dir = home.join(".cache/atmos/locks");
  const [name] = [...Deno.readDirSync(dir)].map((entry) => entry.name).filter((n) =>
    n.endsWith(".lock")
  );
  using file = Deno.openSync(`${dir}/${name}`, { read: true, write: true });
  file.lockSync(true);
  const text = `${Deno.pid}\nnow\nsign in\n`;
  file.truncateSync(0);
  file.writeSync(new TextEncoder().encode(text));
  const { of } = await doctor(home);
  assert.match(
    of("locks.held")[0]!.finding,
    new RegExp(`^${name} is held by process ${Deno.pid} `),
  );
  assert.equal(Deno.readTextFileSync(`${dir}/${name}`), text);
});

Deno.test("a file of ours from the future gives away the clock", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config());
  await runProgram({ args: ["login"], home });
  assert.equal((await doctor(home)).of("clock")[0]!.state, "ok");
  const later = new Date(Date.now() + 30 * 60_000);
  Deno.utimeSync(home.join(".config/atmos/aws/desk/credentials"), later, later);
  const { of } = await doctor(home);
  assert.match(of("clock")[0]!.finding, /was written (29|30) minutes from now/);
});

Deno.test("doctor --online compares the clocks and passes through a dead proxy in vain", async () => {
  await using s = await scene();
  const env = { ATMOS_KEYRING_TYPE: "file", ...password };
  const well = await doctor(s.home, ["--online"], env);
  assert.match(well.of("net.endpoints")[0]!.finding, / answers$/);
  assert.equal((await doctor(s.home, [], env)).of("net.endpoints").length, 0, "offline");

  await using home = await privateHome();
  await home.write(
    "atmos.yaml",
    "auth:\n  keyring: {type: memory}\n  providers:\n    sso: {kind: aws/iam-identity-center, " +
      "start_url: https://acme.awsapps.com/start, region: us-east-1}\n",
  );
  const dead = await doctor(home, ["--online"], { HTTPS_PROXY: "http://user:pw@127.0.0.1:9" });
  assert.equal(dead.code, 1);
  assert.deepEqual([...new Set(dead.bad)], ["net.endpoints"]);
  assert.match(dead.of("net.proxy")[0]!.finding, /^http:\/\/127\.0\.0\.1:9$/);
  assert.ok(!dead.stdout.includes("user:pw"));
});

Deno.test("doctor finds programs that the configuration counts on and that are not there", async () => {
  await using home = await privateHome();
  await home.write(
    "atmos.yaml",
    config(`    me: {kind: aws/user, credentials: {mfa_process: [no-such-program, code]}}
  integrations:
    registry: {kind: aws/ecr, via: {identity: dev}, spec: {registry: {account_id: "1", region: eu-west-1}}}
`),
  );
  const { of } = await doctor(home, [], { PATH: `${home.path}/bin` });
  const findings = of("tools").map(({ finding }) => finding);
  assert.equal(findings.length, 2, JSON.stringify(findings));
  assert.match(findings[0]!, /^no-such-program, which gives the MFA code of me, is not there/);
  assert.match(findings[1]!, /^none of docker, .* is there/);
  await home.write("bin/docker", "#!/bin/sh\n", 0o755);
  await home.write("bin/no-such-program", "#!/bin/sh\n", 0o755);
  const there = await doctor(home, [], { PATH: `${home.path}/bin` });
  assert.deepEqual(there.of("tools").map((f) => [f.state, f.finding]), [
    ["ok", "docker, no-such-program"],
  ]);
});

Deno.test("foreign files that cannot be read are findings, not failures of the doctor", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config());
  await home.write(".kube/config", "users: [\n  {{\n");
  await home.write(".docker/config.json", '{"credsStore":"no-such-store"}');
  const { of, bad, stdout } = await doctor(home);
  assert.deepEqual(bad.sort(), ["docker.helper", "kube.exec"]);
  assert.match(of("kube.exec")[0]!.finding, /is no YAML/);
  assert.match(of("docker.helper")[0]!.finding, /docker-credential-no-such-store/);
  assert.ok(!stdout.includes("internal:"));
});

Deno.test("a command in a kubeconfig is looked for where kubectl looks for it", posix, async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config());
  const user = (command: string) => `{name: u, user: {exec: {command: ${command}}}}`;
  await home.write(".kube/config", `users: [${user("./tool")}]\n`);
  assert.equal((await doctor(home)).of("kube.exec")[0]!.state, "error");
  await home.write(".kube/tool", "#!/bin/sh\n", 0o755);
  assert.equal((await doctor(home)).of("kube.exec")[0]!.state, "ok");
});

Deno.test("doctor tells what a sign-in would open, or why it opens nothing", posix, async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config());
  const of = async (env: Record<string, string>) =>
    (await doctor(home, [], env)).of("browser")[0]!.finding;
  const browser = await home.write("browser.sh", "#!/bin/sh\n", 0o755);
  assert.equal(await of({ BROWSER: browser, DISPLAY: ":9" }), `opened with ${browser}`);
  assert.match(await of({ BROWSER: "none" }), /it is switched off/);
  assert.match(await of({ SSH_CONNECTION: "1 2 3 4", BROWSER: browser }), /a remote session/);
});

Deno.test("doctor works without any configuration and without a home directory", async () => {
  await using home = await privateHome();
  const env = { ATMOS_KEYRING_TYPE: "memory" };
  const none = await doctor(home, [], env);
  assert.equal(none.of("config.load")[0]!.state, "warning");
  assert.equal(none.code, 0, none.stdout);
  const homeless = await doctor(home, [], { ...env, HOME: "" });
  assert.ok(!homeless.stdout.includes("internal:"), homeless.stdout);
});

Deno.test(
  "lines of other tools must name a program that is there and outlasts an upgrade",
  posix,
  async () => {
    await using home = await privateHome();
    await home.write("atmos.yaml", config());
    const gone = "/opt/tools/1.2.3/bin/atmos-auth";
    await home.write(
      ".aws/config",
      `[profile x]\ncredential_process = "${gone}" auth credential aws -i dev\n`,
    );
    await home.write(".gitconfig", `[credential]\n\thelper = !${gone} credential git\n`);
    const missing = await doctor(home);
    assert.deepEqual(missing.of("paths.stable").map(({ finding }) => finding), [
      `${home.join(".aws/config")} starts ${gone}, which is not there any more`,
      `${home.join(".gitconfig")} starts ${gone}, which is not there any more`,
    ]);

    const real = Deno.realPathSync(await program());
    await Deno.mkdir(home.join("bin"));
    await Deno.symlink(real, home.join("bin/atmos-auth"));
    const env = { PATH: `${home.join("bin")}:${Deno.env.get("PATH")}` };
    await home.write(".aws/config", `[profile x]\ncredential_process = ${real} credential aws\n`);
    await home.write(".gitconfig", `[credential]\n\thelper = ${home.join("bin/atmos-auth")}\n`);
    const versioned = await doctor(home, [], env);
    const [found, ...more] = versioned.of("paths.stable");
    assert.equal(more.length, 0);
    assert.equal(found!.state, "warning");
    assert.equal(found!.hint, `Write ${home.join("bin/atmos-auth")} in its place`);
  },
);

Deno.test("doctor as people read it", posix, async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", config());
  await runProgram({ args: ["login"], home });
  await Deno.mkdir(home.join("bin"));
  await Deno.symlink(Deno.realPathSync(await program()), home.join("bin/atmos-auth"));
  await Deno.chmod(home.join(".config/atmos/aws/desk/credentials"), 0o644);
  await home.write(".aws/config", "[profile Dev]\nregion = eu-west-1\n");
  const env = {
    PATH: `${home.join("bin")}:${Deno.env.get("PATH")}`,
    NODE_EXTRA_CA_CERTS: "",
    HTTPS_PROXY: "http://user:pw@proxy.example:3128",
    AWS_PROFILE: "other",
    BROWSER: "none",
    ATMOS_TEST_NOW: "2099-12-31T22:59:59Z",
  };
  const { code, stdout } = await runProgram({ args: ["doctor"], home, env });
  assert.equal(code, 1);
  const text = stdout.replace(/\(\d+\)$/m, "(PORT)");
  assertGolden("doctor/machine.txt", text, { [home.path]: "HOME" });
});
