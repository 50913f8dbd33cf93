import assert from "node:assert/strict";
import { fileStore } from "../../lib/store/keyring_file.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { fixedEnv } from "../../lib/sys/env.ts";
import { systemFiles } from "../../lib/sys/files.ts";
import { systemLocks } from "../../lib/sys/locks.ts";
import { systemRandom } from "../../lib/sys/random.ts";
import { systemSpawn } from "../../lib/sys/spawn.ts";
import { realTest } from "../support/real.ts";
import { tempDir } from "../support/temp.ts";

const PASSWORD = "correct horse battery größe";
const jwcrypto = {
  program: "/usr/bin/python3",
  package: "python3-jwcrypto",
  probe: ["-c", "import jwcrypto"],
};

/** jwcrypto refuses nothing that we write: it reads and writes the directory on its own. */
const SCRIPT = `
import base64, json, os, sys
from jwcrypto import jwe, jwk
import jwcrypto.jwa
jwcrypto.jwa.default_max_pbkdf2_iterations = 2000000
op, directory = sys.argv[1:3]
password = jwk.JWK.from_password(os.environ["PW"])
algs = ["PBES2-HS256+A128KW", "A256GCM"]
if op == "read":
    found = {}
    for name in sorted(os.listdir(directory)):
        if not name.startswith("atmos_"): continue
        token = jwe.JWE(algs=algs)
        token.deserialize(open(os.path.join(directory, name)).read(), password)
        record = json.loads(token.payload)
        assert list(record) == ["Key", "Data", "Label", "Description",
            "KeychainNotTrustApplication", "KeychainNotSynchronizable"], record
        found[record["Key"]] = base64.b64decode(record["Data"]).decode()
    print(json.dumps(found))
else:
    key, value = sys.argv[3:5]
    record = {"Key": key, "Data": base64.b64encode(value.encode()).decode(), "Label": "",
      "Description": "", "KeychainNotTrustApplication": False, "KeychainNotSynchronizable": False}
    token = jwe.JWE(json.dumps(record).encode(), algs=algs,
      protected={"alg": algs[0], "enc": algs[1], "created": "now"})
    token.add_recipient(password)
    with open(os.path.join(directory, key.replace("%", "%25").replace("/", "%2F")), "w") as f:
        f.write(token.serialize(compact=True))
`;

async function python(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("/usr/bin/python3", {
    args: ["-c", SCRIPT, ...args],
    env: { PW: PASSWORD },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function storeIn(directory: string, iterations: number) {
  const files = systemFiles();
  return fileStore({
    directory,
    iterations,
    password: { variable: "PW" },
    doors: {
      env: fixedEnv({ PW: PASSWORD }),
      files,
      locks: systemLocks({ ensureDir: (dir) => files.ensureDir(dir) }),
      spawn: systemSpawn(),
      random: systemRandom(),
      clock: systemClock(),
    },
  });
}

realTest("jwcrypto opens every entry of the file keyring", [jwcrypto], async () => {
  await using dir = await tempDir();
  const directory = dir.join("keyring");
  const entries = { "atmos_dev": '{"type":"oidc"}', "atmos_r_core/ädmin 100%": "größe\n" };
  const store = storeIn(directory, 8192);
  for (const [key, value] of Object.entries(entries)) await store.set(key, value);
  await storeIn(directory, 20_000).set("atmos_later", "x");
  assert.deepEqual(JSON.parse(await python("read", directory)), { ...entries, atmos_later: "x" });
  for await (const entry of Deno.readDir(directory)) {
    const { mode } = await Deno.lstat(`${directory}/${entry.name}`);
    assert.equal(mode! & 0o777, entry.isDirectory ? 0o700 : 0o600, entry.name);
  }
});

realTest("the file keyring opens what jwcrypto writes into it", [jwcrypto], async () => {
  await using dir = await tempDir();
  await python("write", dir.path, "atmos_core/admin", '{"type":"aws","data":{}}');
  await Deno.chmod(dir.join("atmos_core%2Fadmin"), 0o600);
  const store = storeIn(dir.path, 8192);
  assert.deepEqual(await store.list(), ["atmos_core/admin"]);
  assert.equal(await store.get("atmos_core/admin"), '{"type":"aws","data":{}}');
  await store.set("atmos_new", "v");
  assert.deepEqual(Object.keys(JSON.parse(await python("read", dir.path))), [
    "atmos_core/admin",
    "atmos_new",
  ]);
});
