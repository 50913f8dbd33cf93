import assert from "node:assert/strict";
import { scene } from "../support/emulator.ts";
import { realTest } from "../support/real.ts";

const awscli = { program: "aws", package: "awscli", probe: ["--version"] };

realTest("the AWS CLI, given nothing but what env prints, is the role at the end of the chain", [
  awscli,
], async () => {
  await using s = await scene();
  await s.login();
  const env = await s.run(["env", "--format=json"]);
  assert.equal(env.code, 0, env.stderr);
  const result = await s.run(
    ["sts", "get-caller-identity", `--endpoint-url=${s.emulator.url}`, "--output=json"],
    { command: "aws", env: JSON.parse(env.stdout) },
  );
  assert.equal(result.code, 0, result.stderr);
  assert.match(
    JSON.parse(result.stdout).Arn,
    /^arn:aws:sts::777788889999:assumed-role\/deployer\//,
  );
});

realTest("a shell that evaluates what env prints can start the AWS CLI", [awscli], async () => {
  await using s = await scene();
  await s.login();
  const env = await s.run(["env"]);
  const result = await s.run(
    [
      "-c",
      `${env.stdout}\nexec aws sts get-caller-identity --endpoint-url "$1"`,
      "sh",
      s.emulator.url,
    ],
    { command: "/bin/sh" },
  );
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /assumed-role\/deployer/);
});

realTest("the AWS CLI started by exec sees the region and the credentials of the identity", [
  awscli,
], async () => {
  await using s = await scene();
  await s.login();
  const listed = await s.run(["exec", "-i", "dev-deployer", "--", "aws", "configure", "list"]);
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, /region\s+eu-west-1\s+/);
  assert.match(listed.stdout, /profile\s+dev-deployer/);
  assert.match(listed.stdout, /access_key\s+\*+\w{4}\s+shared-credentials-file/);
});

realTest("the AWS CLI's own signature of the last role is accepted, a changed one is not", [
  awscli,
], async () => {
  await using s = await scene();
  await s.login();
  const path = s.home.join(".config/atmos/aws/company-sso/credentials");
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace(/(aws_secret_access_key\s*= ).(.*)/g, "$1x$2"));
  const result = await s.run(
    ["exec", "--", "aws", "sts", "get-caller-identity", `--endpoint-url=${s.emulator.url}`],
  );
  assert.notEqual(result.code, 0);
  assert.match(result.stderr, /SignatureDoesNotMatch/);
});
