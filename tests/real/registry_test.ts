import assert from "node:assert/strict";
import { hashSync } from "bcryptjs";
import { removeLogin, storeLogins } from "../../integrations/docker_config.ts";
import { type Deps, Secret } from "../../lib/core/types.ts";
import { fixedEnv } from "../../lib/sys/env.ts";
import { systemFiles } from "../../lib/sys/files.ts";
import { systemLocks } from "../../lib/sys/locks.ts";
import { systemSpawn } from "../../lib/sys/spawn.ts";
import { fakeDeps } from "../support/deps.ts";
import { scene } from "../support/emulator.ts";
import { realTest } from "../support/real.ts";
import { type TempDir, tempDir } from "../support/temp.ts";

const skopeo = { program: "skopeo", package: "skopeo" };
const distribution = { program: "docker-registry", package: "docker-registry" };

/** The doors that writing docker's configuration needs, with a home of its own. */
function doors(home: TempDir, path = ""): Deps {
  const files = systemFiles();
  files.grant(home.path);
  const env = fixedEnv({ HOME: home.path, PATH: `${path}:${Deno.env.get("PATH")}` });
  const spawn = systemSpawn();
  return {
    ...fakeDeps(),
    env,
    files,
    locks: systemLocks({ ensureDir: (dir) => files.ensureDir(dir), warn: () => {} }),
    spawn: { ...spawn, which: (name) => spawn.which(name, env.get("PATH")) },
  };
}

/** Debian's registry on loopback, open to `AWS` with this password alone. */
async function registry(
  dir: TempDir,
  password: string,
): Promise<AsyncDisposable & { host: string }> {
  const free = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const host = `127.0.0.1:${free.addr.port}`;
  free.close();
  await dir.write("htpasswd", `AWS:${hashSync(password, 4)}\n`);
  await dir.write(
    "registry.yml",
    `version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: ${dir.join("data")}}}
http: {addr: "${host}"}
auth: {htpasswd: {realm: test, path: ${dir.join("htpasswd")}}}
`,
  );
  const child = new Deno.Command("docker-registry", {
    args: ["serve", dir.join("registry.yml")],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  for (let tries = 0;; tries++) {
    try {
      await (await fetch(`http://${host}/v2/`)).body?.cancel();
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** An image of nothing, in the layout of the OCI. */
async function image(dir: TempDir): Promise<string> {
  const blob = async (value: unknown) => {
    const text = JSON.stringify(value);
    const bytes = new TextEncoder().encode(text);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    await dir.write(`image/blobs/sha256/${digest}`, text);
    return { digest: `sha256:${digest}`, size: bytes.length };
  };
  const config = await blob({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [] },
  });
  const manifest = await blob({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
    layers: [],
  });
  await dir.write("image/oci-layout", '{"imageLayoutVersion":"1.0.0"}');
  await dir.write(
    "image/index.json",
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ mediaType: "application/vnd.oci.image.manifest.v1+json", ...manifest }],
    }),
  );
  return `oci:${dir.join("image")}`;
}

async function run(home: TempDir, args: string[], path = "") {
  const { code, stderr } = await new Deno.Command("skopeo", {
    args: ["--insecure-policy", ...args],
    env: {
      HOME: home.path,
      PATH: `${path}:${Deno.env.get("PATH")}`,
      DOCKER_CONFIG: home.join(".docker"),
      REGISTRY_AUTH_FILE: home.join(".docker/config.json"),
      XDG_RUNTIME_DIR: home.path,
    },
    clearEnv: true,
    stdin: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

/** The password of an ECR login that the emulator gave. */
async function ecrPassword(): Promise<string> {
  await using s = await scene({
    config: (endpoint) =>
      `auth:
  providers:
    company-sso:
      kind: aws/iam-identity-center
      start_url: https://acme.awsapps.com/start
      region: us-east-1
      spec: {endpoint_url: ${endpoint}}
  identities:
    dev-admin: {kind: aws/permission-set, via: {provider: company-sso}, principal: {name: Admin, account: {id: "444455556666"}}}
  integrations:
    images:
      kind: aws/ecr
      via: {identity: dev-admin}
      spec: {registry: {account_id: "444455556666", region: eu-west-1}}
`,
  });
  await s.login(["-i", "dev-admin"]);
  const { auths } = JSON.parse(await Deno.readTextFile(s.home.join(".docker/config.json")));
  const password = atob(auths["444455556666.dkr.ecr.eu-west-1.amazonaws.com"].auth).replace(
    "AWS:",
    "",
  );
  assert.equal(s.emulator.admin.ecrLogin({ password }).accepted, true);
  return password;
}

realTest(
  "skopeo pushes to a registry with the login that ECR gave",
  [skopeo, distribution],
  async () => {
    const password = (await ecrPassword()).slice(0, 60);
    await using dir = await tempDir();
    await using home = await tempDir();
    await using server = await registry(dir, password);
    const source = await image(dir);
    const target = `docker://${server.host}/app:1`;
    const push = () => run(home, ["copy", "--dest-tls-verify=false", source, target]);

    await home.write(".docker/config.json", '{"auths":{"other.example.com":{"auth":"eDp5"}}}');
    assert.notEqual((await push()).code, 0);
    const deps = doors(home);
    await storeLogins(deps, [{
      registry: server.host,
      username: "AWS",
      secret: new Secret(password),
    }]);
    const pushed = await push();
    assert.equal(pushed.code, 0, pushed.stderr);
    await removeLogin(deps, server.host);
    assert.notEqual((await push()).code, 0);
  },
);

const helper = `#!/bin/sh
# a credential store in one file, as docker's protocol has it
store="$HOME/stored.json"
case "$1" in
store) cat > "$store" ;;
get) cat > /dev/null; [ -s "$store" ] && cat "$store" || { echo "credentials not found in native keychain"; exit 1; } ;;
erase) cat > /dev/null; rm -f "$store" ;;
list) echo "{}" ;;
esac
`;

/** Doors whose helpers live in this home. */
function doorsWithStore(home: TempDir): Deps {
  const deps = doors(home, home.join("bin"));
  return {
    ...deps,
    spawn: {
      ...deps.spawn,
      helper: (r) => deps.spawn.helper({ ...r, env: { ...r.env, HOME: home.path } }),
    },
  };
}

async function storeHome(config: unknown): Promise<TempDir> {
  const home = await tempDir();
  await home.write("bin/docker-credential-play", helper);
  await Deno.chmod(home.join("bin/docker-credential-play"), 0o755);
  await home.write(".docker/config.json", JSON.stringify(config));
  return home;
}

const password = "not-a-real-password";
const login = (registry: string) => ({ registry, username: "AWS", secret: new Secret(password) });

realTest(
  "skopeo finds the login in the store that credHelpers names",
  [skopeo, distribution],
  async () => {
    await using dir = await tempDir();
    await using server = await registry(dir, password);
    await using home = await storeHome({
      credHelpers: { [server.host]: "play", "gcr.io": "gcloud" },
    });
    await storeLogins(doorsWithStore(home), [login(server.host)]);
    const text = await Deno.readTextFile(home.join(".docker/config.json"));
    assert.ok(!text.includes(btoa(`AWS:${password}`)));
    const to = `docker://${server.host}/app:1`;
    const pushed = await run(
      home,
      ["copy", "--dest-tls-verify=false", await image(dir), to],
      home.join("bin"),
    );
    assert.equal(pushed.code, 0, pushed.stderr);
  },
);

// skopeo looks into `auths` and `credHelpers` alone; docker's own client reads `credsStore`
const docker = { program: "docker", package: "docker.io", probe: ["--version"] };

realTest("docker finds the login in the store that credsStore names", [
  docker,
  skopeo,
  distribution,
], async () => {
  await using dir = await tempDir();
  await using server = await registry(dir, password);
  await using home = await storeHome({ credsStore: "play" });
  const to = `docker://${server.host}/app:1`;
  await using filler = await tempDir();
  await storeLogins(doors(filler), [login(server.host)]);
  const pushed = await run(filler, ["copy", "--dest-tls-verify=false", await image(dir), to]);
  assert.equal(pushed.code, 0, pushed.stderr);

  const inspect = async () => {
    const { code, stderr } = await new Deno.Command("docker", {
      args: ["manifest", "inspect", "--insecure", `${server.host}/app:1`],
      env: {
        HOME: home.path,
        PATH: `${home.join("bin")}:${Deno.env.get("PATH")}`,
        DOCKER_CONFIG: home.join(".docker"),
      },
      clearEnv: true,
      stdin: "null",
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  assert.notEqual((await inspect()).code, 0);
  const deps = doorsWithStore(home);
  await storeLogins(deps, [login(server.host)]);
  const found = await inspect();
  assert.equal(found.code, 0, found.stderr);
  await removeLogin(deps, server.host);
  assert.notEqual((await inspect()).code, 0);
});
