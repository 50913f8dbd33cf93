import assert from "node:assert/strict";
import { removeSection, setSection } from "../../lib/store/ini.ts";
import { realTest } from "../support/real.ts";
import { tempDir } from "../support/temp.ts";

const aws = { program: "aws", package: "awscli", probe: ["--version"] };
const python = { program: "python3", package: "python3" };

const FOREIGN = `# by hand
[other]
aws_access_key_id=AKIAOTHER
aws_secret_access_key = with=equals;and#hash
s3 =
  addressing_style = path

[last]
credential_process = /bin/x --flag
`;

function credentials(): string {
  let text = FOREIGN;
  for (const name of ["dev", "core/admin", "größe", "with blank"]) {
    text = setSection(text, {
      name,
      values: {
        aws_access_key_id: `ASIA${name}`,
        aws_secret_access_key: "a/b+c=",
        aws_session_token: "t==",
      },
      note: { expiration: "2030-01-01T00:00:00Z", issued: "2029-12-31T23:00:00Z" },
    });
  }
  return setSection(text, {
    name: "dev",
    values: { aws_access_key_id: "ASIADEV", aws_session_token: undefined },
  });
}

realTest("the aws command line reads our credentials and config files", [aws], async () => {
  await using dir = await tempDir();
  let config = "[profile other]\noutput = text\n";
  for (const name of ["dev", "core/admin", "größe"]) {
    config = setSection(config, { name: `profile ${name}`, values: { region: "eu-west-1" } });
  }
  config = setSection(config, { name: "default", values: { region: "us-west-2" } });
  const env = {
    HOME: dir.path,
    PATH: Deno.env.get("PATH")!,
    LANG: "C.UTF-8",
    AWS_SHARED_CREDENTIALS_FILE: await dir.write("credentials", credentials(), 0o600),
    AWS_CONFIG_FILE: await dir.write("config", config, 0o600),
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const get = async (profile: string, key: string) => {
    const { stdout, stderr } = await new Deno.Command("aws", {
      args: ["configure", "get", key, "--profile", profile],
      env,
      clearEnv: true,
    }).output();
    return (new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr)).trim();
  };
  assert.equal(await get("core/admin", "aws_access_key_id"), "ASIAcore/admin");
  assert.equal(await get("core/admin", "aws_secret_access_key"), "a/b+c=");
  assert.equal(await get("core/admin", "region"), "eu-west-1");
  assert.equal(await get("größe", "aws_session_token"), "t==");
  assert.equal(await get("dev", "aws_access_key_id"), "ASIADEV");
  assert.equal(await get("other", "aws_secret_access_key"), "with=equals;and#hash");
  assert.equal(await get("default", "region"), "us-west-2");
});

realTest("Python's configparser reads every section that we write", [python], async () => {
  await using dir = await tempDir();
  const path = await dir.write("credentials", removeSection(credentials(), "größe"));
  const { stdout, success, stderr } = await new Deno.Command("python3", {
    args: [
      "-c",
      `import configparser, json, sys
p = configparser.RawConfigParser(default_section=None)
p.read(sys.argv[1], encoding="utf-8")
print(json.dumps({s: dict(p[s]) for s in p.sections()}))`,
      path,
    ],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), {
    other: {
      aws_access_key_id: "AKIAOTHER",
      aws_secret_access_key: "with=equals;and#hash",
      s3: "\naddressing_style = path",
    },
    last: { credential_process: "/bin/x --flag" },
    dev: { aws_access_key_id: "ASIADEV", aws_secret_access_key: "a/b+c=" },
    "core/admin": {
      aws_access_key_id: "ASIAcore/admin",
      aws_secret_access_key: "a/b+c=",
      aws_session_token: "t==",
    },
    "with blank": {
      aws_access_key_id: "ASIAwith blank",
      aws_secret_access_key: "a/b+c=",
      aws_session_token: "t==",
    },
  });
});
