import assert from "node:assert/strict";
import { chainConfig } from "../../scripts/sample_config.ts";
import { type Scene, scene } from "../support/emulator.ts";

const registry = "444455556666.dkr.ecr.eu-west-1.amazonaws.com";
const docker = ".docker/config.json";
const kube = ".config/atmos/kube/config";

/** The sample chain with a registry, the public registry and a cluster bound to the permission set. */
function config(endpoint: string, more = ""): string {
  return chainConfig(endpoint) + `  integrations:
    images:
      kind: aws/ecr
      via: {identity: dev-admin}
      spec: {registry: {account_id: "444455556666", region: eu-west-1}}
    gallery:
      kind: aws/ecr-public
      via: {identity: dev-admin}
    cluster:
      kind: aws/eks
      via: {identity: dev-admin}
      spec: {cluster: {name: dev, region: eu-west-1, alias: dev}}
${more}`;
}

const setup = (more?: string) => scene({ config: (endpoint) => config(endpoint, more) });
const read = (s: Scene, path: string) => Deno.readTextFile(s.home.join(path));
const env = (s: Scene) => ({ KUBECONFIG: "", HOME: s.home.path });

Deno.test("login runs the integrations of the identity, sorted by name", async () => {
  await using s = await setup();
  const { stderr } = await s.login(["-i", "dev-admin"]);
  assert.match(
    stderr,
    new RegExp(`✓ ECR login: ${registry} \\(expires in (12h0m0s|11h59m\\d+s)\\)`),
  );
  assert.match(stderr, /✓ ECR Public login: public\.ecr\.aws \(expires in \d+h\d+m\d+s\)/);
  assert.match(stderr, /✓ EKS kubeconfig: dev → .*kube\/config/);
  const auths = JSON.parse(await read(s, docker)).auths;
  assert.deepEqual(Object.keys(auths).sort(), [registry, "public.ecr.aws"]);
  assert.match(atob(auths[registry].auth), /^AWS:.+/);
  assert.equal(Deno.statSync(s.home.join(docker)).mode! & 0o777, 0o600);
  assert.equal(Deno.statSync(s.home.join(kube)).mode! & 0o777, 0o600);
});

Deno.test("the kubeconfig asks this program for tokens and names the identity", async () => {
  await using s = await setup();
  await s.login(["-i", "dev-admin"]);
  const text = await read(s, kube);
  for (
    const line of [
      "current-context: dev",
      "name: arn:aws:eks:eu-west-1:444455556666:cluster/dev",
      "name: atmos-eks-dev-eu-west-1",
      "apiVersion: client.authentication.k8s.io/v1beta1",
      "- --identity=dev-admin",
      "interactiveMode: Never",
      "provideClusterInfo: false",
    ]
  ) assert.ok(text.includes(line), `${line} in:\n${text}`);
  assert.match(text, /command: \/.*\/atmos-auth\n/);
  assert.match(text, /name: ATMOS_CLI_CONFIG_PATH\n\s+value: \//);
});

Deno.test("an integration that fails is a warning, the login stays good", async () => {
  await using s = await setup(`    broken:
      kind: aws/eks
      via: {identity: dev-admin}
      spec: {cluster: {name: nope, region: eu-west-1}}
`);
  const { code, stderr } = await s.login(["-i", "dev-admin"]);
  assert.equal(code, 0);
  assert.match(stderr, /⚠ Integration broken failed: EKS cluster not found: nope in eu-west-1/);
});

Deno.test("auto_provision: false leaves an integration to the explicit command", async () => {
  await using s = await setup(`    by-hand:
      kind: aws/ecr
      via: {identity: dev-deployer}
      spec: {auto_provision: false, registry: {account_id: "444455556666", region: eu-west-1}}
`);
  const { stderr } = await s.login(["-i", "dev-deployer"]);
  assert.ok(!stderr.includes("ECR login"), stderr);
  const explicit = await s.run(["aws", "ecr", "login", "by-hand"]);
  assert.equal(explicit.code, 0, explicit.stderr);
  assert.match(explicit.stderr, /✓ ECR login: /);
  assert.equal(explicit.stdout, "");
});

Deno.test("exec makes artefacts that are missing, and only those", async () => {
  await using s = await setup();
  await s.login(["-i", "dev-admin"]);
  s.emulator.admin.clearLog();
  await s.run(["exec", "-i", "dev-admin", "--", Deno.execPath(), "--version"]);
  assert.deepEqual(s.emulator.admin.counters(), {});
  await Deno.remove(s.home.join(docker));
  const { stderr } = await s.run(["exec", "-i", "dev-admin", "--", Deno.execPath(), "--version"]);
  assert.match(stderr, /✓ ECR login: /);
  assert.ok(!stderr.includes("EKS kubeconfig"));
});

Deno.test("env hands on DOCKER_CONFIG and puts our kubeconfig before the inherited ones", async () => {
  await using s = await setup();
  await s.login(["-i", "dev-admin"]);
  const ours = s.home.join(kube);
  const { stdout } = await s.run(["env", "-i", "dev-admin", "-f", "json"], {
    env: { KUBECONFIG: `/other/config:${ours}` },
  });
  const set = JSON.parse(stdout);
  assert.equal(set.KUBECONFIG, `${ours}:/other/config`);
  assert.equal(set.KUBE_CONFIG_PATH, ours);
  assert.equal(set.DOCKER_CONFIG, s.home.join(".docker"));
});

Deno.test("logout takes our entries and leaves the rest", async () => {
  await using s = await setup();
  await s.home.write(docker, '{"auths":{"other.example.com":{"auth":"eDp5"}},"proxies":{}}');
  await s.home.write(
    kube,
    "apiVersion: v1\nkind: Config\nusers:\n- name: other # mine\n  user: {}\n",
  );
  await s.login(["-i", "dev-admin"]);
  const { code, stderr } = await s.run(["logout", "dev-admin"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(await read(s, docker)), {
    auths: { "other.example.com": { auth: "eDp5" } },
    proxies: {},
  });
  const left = await read(s, kube);
  assert.ok(left.includes("other # mine") && !left.includes("atmos-eks"), left);
});

const refusals: [string, string[], number, RegExp][] = [
  ["nothing is named", [], 1, /specify an integration name, --identity, or --registry/],
  ["the integration is unknown", ["nope"], 1, /integration not found: nope/],
  ["the integration is of another kind", ["cluster"], 1, /integration not found/],
  [
    "--public meets an argument",
    ["images", "--public"],
    1,
    /--public cannot be combined with an integration argument/,
  ],
  [
    "--public meets --registry",
    ["--public", "-r", registry],
    1,
    /--public cannot be combined with --registry/,
  ],
  [
    "--identity meets an argument",
    ["images", "-i", "dev-admin"],
    1,
    /--identity cannot be combined with an integration argument/,
  ],
  ["the registry is no ECR host", ["-r", "http://x"], 1, /invalid ECR registry URL/],
  ["the registry is the public one", ["-r", "public.ecr.aws"], 1, /Use --public/],
  ["the identity has none", ["-i", "prod-deployer"], 1, /identity has no linked integrations/],
];

for (const [what, args, exit, says] of refusals) {
  Deno.test(`aws ecr login is refused when ${what}`, async () => {
    await using s = await setup();
    const { code, stderr, stdout } = await s.run(["aws", "ecr", "login", ...args]);
    assert.equal(code, exit, stderr);
    assert.match(stderr, says);
    assert.equal(stdout, "");
  });
}

function decode(token: string): URL {
  assert.match(token, /^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
  const bytes = Uint8Array.fromBase64(token.slice("k8s-aws-v1.".length), { alphabet: "base64url" });
  return new URL(new TextDecoder().decode(bytes));
}

const token = (s: Scene, more: string[] = [], vars: Record<string, string> = {}) =>
  s.run(["aws", "eks", "token", "--cluster-name", "dev", "--region", "eu-west-1", ...more], {
    env: vars,
  });

Deno.test("aws eks token prints one document and asks nobody when the session is warm", async () => {
  await using s = await setup();
  await s.login(["-i", "dev-admin"]);
  s.emulator.admin.clearLog();
  const { code, stdout, stderr } = await token(s, ["-i", "dev-admin"]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  assert.ok(stdout.endsWith("}\n") && stdout.indexOf("\n") === stdout.length - 1);
  const document = JSON.parse(stdout);
  assert.equal(document.apiVersion, "client.authentication.k8s.io/v1beta1");
  assert.equal(document.kind, "ExecCredential");
  const url = decode(document.status.token);
  assert.equal(url.host, "sts.eu-west-1.amazonaws.com");
  assert.deepEqual([...url.searchParams.keys()].sort(), [
    "Action",
    "Version",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
  ]);
  assert.equal(url.searchParams.get("X-Amz-SignedHeaders"), "host;x-k8s-aws-id");
  assert.equal(url.searchParams.get("X-Amz-Expires"), "60");
  const left = Date.parse(document.status.expirationTimestamp) - Date.now();
  assert.ok(left > 13 * 60_000 && left <= 14 * 60_000, document.status.expirationTimestamp);
  assert.deepEqual(s.emulator.admin.counters(), {});
});

Deno.test("the version of the answer is the one that was asked for", async () => {
  await using s = await setup();
  await s.login(["-i", "dev-admin"]);
  const ask = (version: string) =>
    token(s, ["-i", "dev-admin"], {
      KUBERNETES_EXEC_INFO: JSON.stringify({
        apiVersion: `client.authentication.k8s.io/${version}`,
        kind: "ExecCredential",
        spec: { interactive: false },
      }),
    });
  for (const version of ["v1", "v1beta1"]) {
    assert.equal(
      JSON.parse((await ask(version)).stdout).apiVersion,
      `client.authentication.k8s.io/${version}`,
    );
  }
  const old = await ask("v1alpha1");
  assert.equal(old.code, 1);
  assert.equal(old.stdout, "");
});

Deno.test("--role-arn assumes the role once and keeps its session as a section of its own", async () => {
  await using s = await setup();
  await s.login(["-i", "dev-admin"]);
  s.emulator.admin.clearLog();
  const arn = "arn:aws:iam::444455556666:role/deployer";
  const first = await token(s, ["-i", "dev-admin", "--role-arn", arn]);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(s.emulator.admin.counters()["sts.AssumeRole"], 1);
  assert.match(
    await read(s, ".config/atmos/aws/company-sso/credentials"),
    new RegExp(`\\[dev-admin@${arn}\\]`),
  );
  await token(s, ["-i", "dev-admin", "--role-arn", arn]);
  assert.equal(s.emulator.admin.counters()["sts.AssumeRole"], 1);
});

Deno.test("a token command never asks: it says how to sign in", async () => {
  await using s = await setup();
  const { code, stdout, stderr } = await token(s, ["-i", "dev-admin"]);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /failed to generate EKS token: /);
  assert.match(stderr, /run: atmos-auth login --identity dev-admin/);
});

for (
  const [flag, args] of [["--cluster-name", ["--region", "x"]], ["--region", [
    "--cluster-name",
    "x",
  ]]] as const
) {
  Deno.test(`aws eks token without ${flag} is refused`, async () => {
    await using s = await setup();
    const { code, stderr } = await s.run(["aws", "eks", "token", ...args]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`failed to generate EKS token: ${flag} is required`));
  });
}

Deno.test("update-kubeconfig describes the cluster and writes where it is told", async () => {
  await using s = await setup();
  await s.login(["-i", "dev-admin"]);
  const path = s.home.join("own/kubeconfig");
  const args = [
    "aws",
    "eks",
    "update-kubeconfig",
    "--name",
    "dev",
    "--region",
    "eu-west-1",
    "-i",
    "dev-admin",
  ];
  const shown = await s.run([...args, "--dry-run", "--alias", "x"]);
  assert.match(shown.stdout, /current-context: x/);
  const written = await s.run([...args, "--kubeconfig", path], { env: env(s) });
  assert.equal(written.code, 0, written.stderr);
  assert.equal(
    written.stderr,
    `✓ EKS kubeconfig: arn:aws:eks:eu-west-1:444455556666:cluster/dev → ${path}\n`,
  );
  const before = Deno.statSync(path).mtime;
  assert.equal((await s.run([...args, "--kubeconfig", path])).stderr, "");
  assert.deepEqual(Deno.statSync(path).mtime, before);
  const both = await s.run([...args, "--integration", "cluster"]);
  assert.equal(both.code, 1);
  assert.match(both.stderr, /mutually exclusive flags provided/);
});
