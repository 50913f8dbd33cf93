import assert from "node:assert/strict";
import { privateHome, type RunOptions, runProgram } from "../support/program.ts";
import { realTest } from "../support/real.ts";

const moto = {
  program: new URL("../../.venv/moto/bin/moto_server", import.meta.url).pathname,
  package: "moto[server] in .venv/moto",
};
const aws = { program: "/usr/bin/aws", package: "awscli", probe: ["--version"] };

/** A server of moto's on a free port. */
async function motoServer(): Promise<AsyncDisposable & { url: string }> {
  const free = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = free.addr;
  free.close();
  const child = new Deno.Command(moto.program, {
    args: ["-H", "127.0.0.1", "-p", String(port)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0;; tries++) {
    try {
      await (await fetch(`${url}/moto-api/`)).body?.cancel();
      break;
    } catch (error) {
      if (tries === 150) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

const account = "arn:aws:iam::123456789012";

const config = (url: string) => `
auth:
  keyring: {type: memory}
  providers:
    corp:
      kind: aws/saml
      url: https://idp.example/app
      region: eu-west-1
      spec: {endpoint_url: "${url}"}
  identities:
    me:
      kind: aws/user
      default: true
      credentials:
        access_key_id: AKIAIOSFODNN7EXAMPLE
        secret_access_key: !env USER_SECRET
        region: eu-west-1
      spec: {endpoint_url: "${url}"}
    deployer:
      kind: aws/assume-role
      via: {identity: me}
      principal: {assume_role: "${account}:role/deployer", duration: 2h}
    inner:
      kind: aws/assume-role
      via: {identity: deployer}
      principal: {assume_role: "${account}:role/inner"}
    corp-admin:
      kind: aws/assume-role
      via: {provider: corp}
      principal: {assume_role: "${account}:role/saml-admin"}
`;

async function scene() {
  const server = await motoServer();
  const home = await privateHome();
  await home.write("atmos.yaml", config(server.url));
  const env = { USER_SECRET: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", AWS_PAGER: "" };
  return {
    server,
    home,
    run: (args: string[], more: Omit<RunOptions, "args" | "home"> = {}) =>
      runProgram({ ...more, args, home, env: { ...env, ...more.env } }),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

realTest("a chain of user and roles works against moto, and the AWS CLI uses its files", [
  moto,
  aws,
], async () => {
  await using s = await scene();
  const login = await s.run(["login", "-i", "inner"]);
  assert.equal(login.code, 0, login.stderr);
  const identity = await s.run([
    "exec",
    "-i",
    "inner",
    "--",
    "aws",
    "--endpoint-url",
    s.server.url,
    "sts",
    "get-caller-identity",
    "--output",
    "json",
  ], { env: { AWS_ACCESS_KEY_ID: "AKIAOTHER", AWS_SECRET_ACCESS_KEY: "other" } });
  assert.equal(identity.code, 0, identity.stderr);
  const { Arn } = JSON.parse(identity.stdout);
  assert.match(Arn, /^arn:aws:sts::123456789012:assumed-role\/inner\/atmos-inner-\d{10}$/);

  const configured = await s.run(["exec", "-i", "deployer", "--", "aws", "configure", "list"]);
  assert.match(configured.stdout, /profile\s+deployer/);
  assert.match(configured.stdout, /eu-west-1/);
});

realTest("whoami asks moto who the credentials are", [moto], async () => {
  await using s = await scene();
  const login = await s.run(["login", "-i", "deployer"]);
  assert.equal(login.code, 0, login.stderr);
  const who = await s.run(["whoami", "-i", "deployer", "-o", "json"]);
  assert.equal(who.code, 0, who.stderr);
  const { principal, account: id } = JSON.parse(who.stdout);
  assert.match(principal, /assumed-role\/deployer\//);
  assert.equal(id, "123456789012");
});

realTest("a SAML response is exchanged by moto", [moto], async () => {
  await using s = await scene();
  const roles = `${account}:role/saml-admin,${account}:saml-provider/corp`;
  const names = 'xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ' +
    'xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol"';
  const attribute = (name: string, value: string) =>
    `<saml2:Attribute Name="https://aws.amazon.com/SAML/Attributes/${name}">` +
    `<saml2:AttributeValue>${value}</saml2:AttributeValue></saml2:Attribute>`;
  const response = `<saml2p:Response ${names}><saml2:Assertion><saml2:AttributeStatement>` +
    attribute("Role", roles) + attribute("RoleSessionName", "alice") +
    attribute("SessionDuration", "3600") +
    `</saml2:AttributeStatement></saml2:Assertion></saml2p:Response>`;
  await s.home.write("response.b64", btoa(response));
  const login = await s.run([
    "login",
    "-i",
    "corp-admin",
    "--saml-response-file",
    s.home.join("response.b64"),
  ]);
  assert.equal(login.code, 0, login.stderr);
  const piped = await s.run(["login", "-i", "corp-admin", "--saml-response-file", "-"], {
    stdin: response,
  });
  assert.equal(piped.code, 0, piped.stderr);
});

realTest("no secret of the chain is shown, at any log level", [moto], async () => {
  await using s = await scene();
  const login = await s.run(["login", "-i", "deployer", "--logs-level", "Trace"]);
  assert.equal(login.code, 0, login.stderr);
  const files = [...login.files].filter(([path]) => path.endsWith("/credentials"));
  assert.equal(files.length, 1);
  const secrets = [...files[0]![1].matchAll(/(?:secret_access_key|session_token)\s*= (\S+)/g)]
    .map(([, secret]) => secret!);
  assert.equal(secrets.length, 4);
  for (const secret of [...secrets, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"]) {
    assert(!login.stderr.includes(secret) && !login.stdout.includes(secret));
  }
});

realTest("registry login and kubeconfig are made from what moto answers", [moto, aws], async () => {
  await using s = await scene();
  await s.home.write(
    "atmos.yaml",
    config(s.server.url) + `  integrations:
    images:
      kind: aws/ecr
      via: {identity: deployer}
      spec: {registry: {account_id: "123456789012", region: eu-west-1}}
    cluster:
      kind: aws/eks
      via: {identity: deployer}
      spec: {cluster: {name: dev, region: eu-west-1, alias: dev}, auto_provision: false}
`,
  );
  const login = await s.run(["login", "-i", "deployer"]);
  assert.equal(login.code, 0, login.stderr);
  const registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
  assert.match(login.stderr, new RegExp(`✓ ECR login: ${registry} \\(expires in `));
  const { auths } = JSON.parse(await Deno.readTextFile(s.home.join(".docker/config.json")));
  assert.match(atob(auths[registry].auth), /^AWS:.+/);

  const missing = await s.run(["aws", "eks", "update-kubeconfig", "--integration", "cluster"]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /EKS cluster not found: dev in eu-west-1/);
  const created = await s.run([
    "exec",
    "-i",
    "deployer",
    "--",
    "aws",
    "--endpoint-url",
    s.server.url,
    "eks",
    "create-cluster",
    "--name",
    "dev",
    "--role-arn",
    `${account}:role/eks`,
    "--resources-vpc-config",
    "subnetIds=subnet-1,subnet-2",
  ]);
  assert.equal(created.code, 0, created.stderr);
  const written = await s.run(["aws", "eks", "update-kubeconfig", "--integration", "cluster"]);
  assert.equal(written.code, 0, written.stderr);
  assert.match(written.stderr, /✓ EKS kubeconfig: dev → /);
  const text = await Deno.readTextFile(s.home.join(".config/atmos/kube/config"));
  assert.match(text, /name: arn:aws:eks:eu-west-1:123456789012:cluster\/dev/);
});
