import assert from "node:assert/strict";
import { privateHome, runProgram } from "../support/program.ts";
import type { TempDir } from "../support/temp.ts";

const CONFIG = `
auth:
  keyring: {type: memory}
  providers:
    mock-provider: {kind: mock/aws}
  identities:
    dev: {kind: mock/aws, default: true, via: {provider: mock-provider}}
`;

interface Shown {
  id: string;
  state: string;
  finding: string;
  hint?: string;
}

async function doctor(home: TempDir, args: string[] = [], env: Record<string, string> = {}) {
  const result = await runProgram({ args: ["doctor", "-f", "json", ...args], home, env });
  const { ok, checks } = JSON.parse(result.stdout) as { ok: boolean; checks: Shown[] };
  assert.equal(result.code, ok ? 0 : 1);
  const of = (id: string) => checks.filter((check) => check.id === id);
  return { ...result, ok, of };
}

async function healthy(): Promise<TempDir> {
  const home = await privateHome();
  await home.write("atmos.yaml", CONFIG);
  await runProgram({ args: ["login"], home });
  return home;
}

Deno.test("a healthy machine has no error, and doctor changes nothing", async () => {
  await using home = await healthy();
  const before = await runProgram({ args: ["version"], home });
  const { ok, of, files } = await doctor(home);
  assert.equal(ok, true);
  assert.match(of("config.load")[0]!.finding, /1 providers, 1 identities, 0 integrations/);
  assert.match(of("identity")[0]!.finding, /^dev: valid/);
  assert.deepEqual(
    [...files.keys()].filter((f) => !f.includes("/locks/")),
    [
      ...before.files.keys(),
    ].filter((f) => !f.includes("/locks/")),
  );
});

Deno.test("text is one line a check, on stdout", async () => {
  await using home = await healthy();
  const { stdout, code } = await runProgram({ args: ["doctor"], home });
  assert.equal(code, 0);
  for (const line of stdout.trimEnd().split("\n")) {
    assert.match(line, /^([✓⚠✗] [\w ]+: .| {2}💡 )/u);
  }
});

Deno.test("a broken configuration is reported, and the other checks go on", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", "auth: [1, {");
  const { ok, of } = await doctor(home);
  assert.equal(ok, false);
  assert.equal(of("config.load")[0]!.state, "error");
  assert.equal(of("locks.held").length, 1);
});

Deno.test("an invalid entry is an error with the way to all of them", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", "auth: {providers: {x: {kind: no/such}}}");
  const { of } = await doctor(home);
  assert.match(of("config.valid")[0]!.finding, /^1 errors, .*unsupported provider kind: no\/such/);
  assert.equal(of("config.valid")[0]!.hint, "Run atmos-auth validate for all of them");
});

Deno.test("a credential file that others may read is an error, and --fix closes it", async () => {
  await using home = await healthy();
  const path = home.join(".config/atmos/aws/mock-provider/credentials");
  await Deno.chmod(path, 0o644);
  const sick = await doctor(home);
  assert.equal(sick.ok, false);
  assert.match(sick.of("files.modes")[0]!.finding, /others may read it \(mode 644\)$/);
  assert.equal(sick.of("files.modes")[0]!.hint, `chmod 600 ${path}`);
  const cured = await doctor(home, ["--fix", "--yes"]);
  assert.equal(cured.ok, true);
  assert.match(cured.stderr, /✓ done: set the mode of /);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  assert.equal((await doctor(home)).ok, true);
});

Deno.test("--fix without --yes asks, and without a terminal does nothing", async () => {
  await using home = await healthy();
  const path = home.join(".config/atmos/aws/mock-provider/credentials");
  await Deno.chmod(path, 0o640);
  const { code, stderr } = await runProgram({ args: ["doctor", "--fix"], home });
  assert.equal(code, 1);
  assert.match(stderr, /interactive mode not available/);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
});

Deno.test("what a killed writer left behind is found and removed", async () => {
  await using home = await healthy();
  const path = await home.write(
    ".config/atmos/aws/mock-provider/.credentials.0123456789abcdef.tmp",
    "half",
    0o600,
  );
  await Deno.utime(path, new Date(0), new Date(0));
  assert.equal((await doctor(home)).of("files.temporary")[0]!.state, "warning");
  const { files } = await doctor(home, ["--fix", "--yes"]);
  assert.ok(![...files.keys()].some((name) => name.endsWith(".tmp")));
});

Deno.test("variables that defeat us are named, never their values", async () => {
  await using home = await healthy();
  const { stdout, of } = await doctor(home, [], {
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMIexample",
    ARM_CLIENT_ID: "not-our-cloud",
  });
  assert.equal(
    of("env.override")[0]!.finding,
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY are set: programs started without `exec` obey them",
  );
  assert.ok(!stdout.includes("wJalrXUtnFEMIexample"));
});

Deno.test("foreign files that point at nothing are errors", async () => {
  await using home = await healthy();
  await home.write(".docker/config.json", '{"credHelpers": {"r.example.com": "no-such-helper"}}');
  await home.write(".kube/config", "users: [{name: u, user: {exec: {command: /no/such/program}}}]");
  await home.write(".aws/config", "[profile DEV]\nregion = x\n");
  const { of } = await doctor(home);
  assert.match(
    of("docker.helper")[0]!.finding,
    /docker-credential-no-such-helper of r\.example\.com/,
  );
  assert.match(of("kube.exec")[0]!.finding, /user "u" does not exist: \/no\/such\/program/);
  assert.match(of("aws.profile.clash")[0]!.finding, /has a profile "DEV" named like an identity/);
});

Deno.test("a proxy that is no address and a certificate file that is not there are errors", async () => {
  await using home = await healthy();
  const { of, stdout } = await doctor(home, [], {
    HTTPS_PROXY: "http//user:hunter22@proxy",
    AWS_CA_BUNDLE: "/no/such/ca.pem",
  });
  assert.equal(of("net.proxy")[0]!.state, "error");
  assert.ok(!stdout.includes("hunter22"));
  assert.ok(
    of("net.ca").some(({ state, finding }) =>
      state === "error" && finding.includes("/no/such/ca.pem")
    ),
  );
});

Deno.test("a file keyring without its password is a warning, and nobody is asked", async () => {
  await using home = await privateHome();
  await home.write("atmos.yaml", CONFIG.replace("memory", "file"));
  const { of } = await doctor(home);
  assert.equal(of("keyring.probe")[0]!.state, "warning");
  const probed = await doctor(home, [], { ATMOS_KEYRING_PASSWORD: "long-enough" });
  assert.equal(probed.of("keyring.probe")[0]!.state, "ok");
  assert.ok(![...probed.files.keys()].some((name) => name.includes("doctor")));
});
