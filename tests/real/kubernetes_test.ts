import assert from "node:assert/strict";
import { chainConfig } from "../../scripts/sample_config.ts";
import { type Scene, scene, sceneEnv } from "../support/emulator.ts";
import { programEnv } from "../support/program.ts";
import { realTest } from "../support/real.ts";
import { type TempDir, tempDir } from "../support/temp.ts";

const kubectl = {
  program: "kubectl",
  package: "kubernetes-client",
  probe: ["version", "--client"],
};
const openssl = { program: "openssl", package: "openssl" };
const aws = { program: "/usr/bin/aws", package: "awscli", probe: ["--version"] };

async function output(command: string, args: string[], env: Record<string, string>, cwd = "/") {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    env,
    clearEnv: true,
    cwd,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** A certificate for 127.0.0.1 that signs itself. */
async function certificate(dir: TempDir): Promise<{ cert: string; key: string }> {
  const { code, stderr } = await output("openssl", [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=127.0.0.1",
    "-addext",
    "subjectAltName=IP:127.0.0.1",
    "-keyout",
    dir.join("key.pem"),
    "-out",
    dir.join("cert.pem"),
  ], { PATH: Deno.env.get("PATH") ?? "", HOME: dir.path });
  assert.equal(code, 0, stderr);
  return {
    cert: await Deno.readTextFile(dir.join("cert.pem")),
    key: await Deno.readTextFile(dir.join("key.pem")),
  };
}

const cluster = (endpoint: string) =>
  chainConfig(endpoint) + `  integrations:
    cluster:
      kind: aws/eks
      via: {identity: dev-admin}
      spec: {cluster: {name: dev, region: eu-west-1, alias: dev}}
`;

realTest(
  "kubectl signs in at an API server through our kubeconfig",
  [kubectl, openssl],
  async () => {
    await using dir = await tempDir();
    const { cert, key } = await certificate(dir);
    let s: Scene | undefined;
    const callers: string[] = [];
    // an API server as far as authentication goes: it lets the authenticator judge the bearer token
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
      async (request) => {
        const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
        try {
          const { arn } = await s!.emulator.admin.reviewToken({ token, cluster: "dev" });
          callers.push(arn);
        } catch (error) {
          return Response.json({
            kind: "Status",
            status: "Failure",
            code: 401,
            message: (error as Error).message,
          }, { status: 401 });
        }
        return Response.json({ major: "1", minor: "32", gitVersion: "v1.32.0" });
      },
    );
    try {
      s = await scene({
        config: cluster,
        emulator: {
          state: {
            eksClusters: [{
              name: "dev",
              account: "444455556666",
              region: "eu-west-1",
              endpoint: `https://127.0.0.1:${server.addr.port}`,
              certificateAuthority: btoa(cert),
            }],
          },
        },
      });
      await s.login(["-i", "dev-admin"]);
      const env = {
        ...programEnv(s.home.path, sceneEnv),
        KUBECONFIG: s.home.join(".config/atmos/kube/config"),
      };
      const version = await output("kubectl", ["get", "--raw", "/version"], env);
      assert.equal(version.code, 0, version.stderr);
      assert.match(version.stdout, /v1\.32\.0/);
      assert.match(
        callers.at(-1)!,
        /^arn:aws:sts::444455556666:assumed-role\/AWSReservedSSO_Admin/,
      );
      const contexts = await output("kubectl", ["config", "get-contexts", "-o", "name"], env);
      assert.equal(contexts.stdout.trim(), "dev");

      // kubectl and we take the same lock on the same file
      const changed = await Promise.all([
        ...Array.from(
          { length: 4 },
          (_, i) =>
            output("kubectl", ["config", "set", `users.u${i}.token`, "not-a-real-token"], env),
        ),
        s.run(["aws", "eks", "update-kubeconfig", "--integration", "cluster"]),
      ]);
      assert.ok(changed.some((r) => r.code === 0));
      const view = await output("kubectl", ["config", "view", "-o", "json"], env);
      const names = JSON.parse(view.stdout).users.map((u: { name: string }) => u.name);
      assert.ok(names.includes("atmos-eks-dev-eu-west-1"), view.stdout);

      await s.run(["logout", "--all"]);
      const after = await output("kubectl", ["get", "--raw", "/version"], env);
      assert.notEqual(after.code, 0);
    } finally {
      await s?.[Symbol.asyncDispose]();
      await server.shutdown();
    }
  },
);

function presigned(document: string): URL {
  const { token } = JSON.parse(document).status;
  const bytes = Uint8Array.fromBase64(token.replace(/^k8s-aws-v1\./, ""), {
    alphabet: "base64url",
  });
  return new URL(new TextDecoder().decode(bytes));
}

realTest(
  "the AWS CLI's cluster token and ours are the same request, and both are accepted",
  [aws],
  async () => {
    await using s = await scene({ config: cluster });
    await s.login(["-i", "dev-admin"]);
    const ours = await s.run([
      "aws",
      "eks",
      "token",
      "--cluster-name",
      "dev",
      "--region",
      "eu-west-1",
      "-i",
      "dev-admin",
    ]);
    const env = JSON.parse((await s.run(["env", "-i", "dev-admin", "-f", "json"])).stdout);
    const theirs = await output(aws.program, [
      "eks",
      "get-token",
      "--cluster-name",
      "dev",
      "--region",
      "eu-west-1",
    ], {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: s.home.path,
      ...env,
      AWS_EC2_METADATA_DISABLED: "true",
    });
    assert.equal(theirs.code, 0, theirs.stderr);
    const [a, b] = [presigned(ours.stdout), presigned(theirs.stdout)];
    assert.equal(a.origin + a.pathname, b.origin + b.pathname);
    const keys = (url: URL) => [...url.searchParams.keys()].sort();
    assert.deepEqual(keys(a), keys(b));
    for (
      const name of [
        "Action",
        "Version",
        "X-Amz-Algorithm",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Security-Token",
        "X-Amz-Credential",
      ]
    ) {
      assert.equal(a.searchParams.get(name), b.searchParams.get(name), name);
    }
    for (const { stdout } of [ours, theirs]) {
      const { token } = JSON.parse(stdout).status;
      const { account } = await s.emulator.admin.reviewToken({ token, cluster: "dev" });
      assert.equal(account, "444455556666");
      await assert.rejects(s.emulator.admin.reviewToken({ token, cluster: "other" }));
    }
  },
);
