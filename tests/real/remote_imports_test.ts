/**
 * Remote imports from servers that we didn't write: `git http-backend` behind nginx with Basic
 * authentication, plain files, redirects; and repositories on the disk.
 */
import assert from "node:assert/strict";
import { runProgram } from "../support/program.ts";
import { realTest, which } from "../support/real.ts";
import { type TempDir, tempDir } from "../support/temp.ts";

const needs = [
  { program: "git", package: "git" },
  { program: "/usr/lib/git-core/git-http-backend", package: "git" },
  { program: "nginx", package: "nginx" },
  { program: "fcgiwrap", package: "fcgiwrap" },
  { program: "openssl", package: "openssl" },
];

const TOKEN = "test-token-4f9c2a71d0";

async function sh(dir: string, script: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-eu", "-c", script],
    cwd: dir,
    env: {
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@example.com",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@example.com",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
    },
  }).output();
  const text = new TextDecoder();
  assert.ok(success, text.decode(stderr));
  return text.decode(stdout).trim();
}

/** A bare repository `<dir>/srv/acme/cfg.git` with two branches and a tag; resolves to its commits. */
async function makeRepository(dir: string): Promise<{ first: string; second: string }> {
  const out = await sh(
    dir,
    `mkdir -p srv/acme work && cd work && git init -q -b main .
     mkdir -p auth/deep
     printf 'settings: {which: first}\\n' > auth/prod.yaml
     printf 'import: ./inner\\nsettings: {from: tree}\\n' > auth/nested.yaml
     printf 'settings: {inner: yes}\\n' > auth/inner.yaml
     printf 'settings: {deep: yes}\\n' > auth/deep/x.yml
     printf 'settings: {root: yes}\\n' > atmos.yaml
     printf 'auth: {realm: !exec echo pwned > %s/pwned}\\n' "$PWD" > evil.yaml
     printf 'import: file:///etc/hosts\\nsettings: {reached: yes}\\n' > local.yaml
     printf 'settings: !include ../../../../../../../etc/hostname\\n' > include.yaml
     ln -s /etc out
     git add -A && git commit -q -m one && git tag v1 && git rev-parse HEAD
     printf 'settings: {which: second}\\n' > auth/prod.yaml
     git commit -q -a -m two && git rev-parse HEAD
     git branch side HEAD~1
     cd .. && git clone -q --bare work srv/acme/cfg.git
     git -C srv/acme/cfg.git config http.getanyfile false`,
  );
  const [first, second] = out.split("\n");
  return { first: first!, second: second! };
}

interface Server extends AsyncDisposable {
  https: string;
  http: string;
  ca: string;
  /** `user status request` lines. */
  log(): string;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function serve(dir: string): Promise<Server> {
  await sh(
    dir,
    `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout cakey.pem -out ca.pem \\
       -addext basicConstraints=critical,CA:true 2>/dev/null
     printf 'subjectAltName=IP:127.0.0.1\\nbasicConstraints=CA:false\\n' > ext
     openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout key.pem -out csr.pem 2>/dev/null
     openssl x509 -req -in csr.pem -CA ca.pem -CAkey cakey.pem -days 2 -extfile ext -out cert.pem 2>/dev/null
     printf 'x-access-token:%s\\n' "$(openssl passwd -apr1 ${TOKEN})" > users
     mkdir -p www tmp && printf 'settings: {plain: yes}\\n' > www/plain.yaml
     chmod -R a+rX . && chmod 755 "$PWD"`,
  );
  const [https, http] = [freePort(), freePort()];
  const socket = `${dir}/fcgi.sock`;
  const git = (auth: string) => `
      ${auth}
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT ${dir}/srv;
      fastcgi_param GIT_HTTP_EXPORT_ALL "";
      fastcgi_param GIT_CONFIG_COUNT 1;
      fastcgi_param GIT_CONFIG_KEY_0 safe.directory;
      fastcgi_param GIT_CONFIG_VALUE_0 "*";
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param PATH_INFO /acme/$1;
      fastcgi_pass unix:${socket};`;
  await Deno.writeTextFile(
    `${dir}/nginx.conf`,
    `daemon off; master_process off; pid ${dir}/nginx.pid; error_log ${dir}/error.log;
    events {}
    http {
      log_format seen '$remote_user|$http_authorization|$status|$request';
      access_log ${dir}/access.log seen;
      client_body_temp_path ${dir}/tmp; fastcgi_temp_path ${dir}/tmp; proxy_temp_path ${dir}/tmp;
      scgi_temp_path ${dir}/tmp; uwsgi_temp_path ${dir}/tmp;
      server {
        listen 127.0.0.1:${https} ssl; ssl_certificate ${dir}/cert.pem; ssl_certificate_key ${dir}/key.pem;
        root ${dir}/www;
        location ~ ^/acme/(.*)$ {${git(`auth_basic git; auth_basic_user_file ${dir}/users;`)}
        }
        location ~ ^/open/(.*)$ {${git("")}
        }
        location = /down.yaml { return 302 http://127.0.0.1:${http}/plain.yaml; }
      }
      server {
        listen 127.0.0.1:${http};
        root ${dir}/www;
        location = /moved.yaml { return 302 /plain.yaml; }
        location = /loop.yaml { return 302 /loop.yaml; }
      }
    }`,
  );
  const start = (program: string, args: string[]) =>
    new Deno.Command(which(program)!, { args, stdout: "null", stderr: "null" }).spawn();
  const children = [
    start("fcgiwrap", ["-s", `unix:${socket}`]),
    start("nginx", ["-c", `${dir}/nginx.conf`, "-e", `${dir}/error.log`]),
  ];
  for (let i = 0; i < 100; i++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: http })).close();
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    https: `https://127.0.0.1:${https}`,
    http: `http://127.0.0.1:${http}`,
    ca: `${dir}/ca.pem`,
    log: () => Deno.readTextFileSync(`${dir}/access.log`),
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill("SIGTERM");
      await Promise.all(children.map((child) => child.status));
    },
  };
}

/** The merged `settings` of a configuration, and everything the run said and left. */
async function settingsOf(
  home: TempDir,
  yaml: string,
  env: Record<string, string> = {},
  args: string[] = [],
) {
  await home.write("atmos.yaml", yaml);
  const run = await runProgram({
    args: ["config", "show", "settings", "-f", "json", ...args],
    home,
    env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", ...env },
  });
  const settings = run.code === 0 ? JSON.parse(run.stdout) : undefined;
  return { ...run, settings };
}

realTest(
  "a git repository gives files by branch, tag, commit and abbreviated commit",
  needs,
  async () => {
    await using dir = await tempDir();
    const { first, second } = await makeRepository(dir.path);
    await using home = await tempDir();
    const repo = `git::file://${dir.path}/srv/acme/cfg.git`;
    for (
      const [item, which] of [
        [`${repo}//auth/prod`, "second"],
        [`${repo}//auth/prod.yaml?ref=v1`, "first"],
        [`${repo}//auth/prod.yaml?ref=side`, "first"],
        [`${repo}//auth/prod.yaml?ref=${second}`, "second"],
        [`${repo}//auth/prod.yaml?ref=${first.slice(0, 9)}`, "first"],
        [`${repo}//auth/prod.yaml?ref=v1&depth=2`, "first"],
      ] as const
    ) {
      const { settings, stderr } = await settingsOf(
        home,
        `import: ${JSON.stringify(item)}\nsettings: {a: 1}\n`,
      );
      assert.equal(settings?.which, which, `${item}\n${stderr}`);
    }
  },
);

realTest("a directory, a glob and nothing at all select files of a repository", needs, async () => {
  await using dir = await tempDir();
  await makeRepository(dir.path);
  await using home = await tempDir();
  const repo = `git::file://${dir.path}/srv/acme/cfg.git`;
  const all = await settingsOf(home, `import: "${repo}//auth"\nsettings: {a: 1}\n`);
  assert.deepEqual(all.settings, {
    inner: "yes",
    from: "tree",
    which: "second",
    deep: "yes",
    a: 1,
  });
  const glob = await settingsOf(
    home,
    `import: "${repo}//auth/{prod,inner}.yaml"\nsettings: {a: 1}\n`,
  );
  assert.deepEqual(glob.settings, { inner: "yes", which: "second", a: 1 });
  const root = await settingsOf(home, `import: "${repo}"\nsettings: {a: 1}\n`);
  assert.deepEqual(root.settings, { root: "yes", a: 1 });
});

realTest(
  "imports of a fetched file stay in its tree, and it may neither run commands nor leave",
  needs,
  async () => {
    await using dir = await tempDir();
    await makeRepository(dir.path);
    await using home = await tempDir();
    const repo = `git::file://${dir.path}/srv/acme/cfg.git`;
    const nested = await settingsOf(home, `import: "${repo}//auth/nested"\nsettings: {a: 1}\n`);
    assert.deepEqual(nested.settings, { inner: "yes", from: "tree", a: 1 });
    for (
      const [sub, reason] of [
        ["evil.yaml", "a remote file may not run commands"],
        ["include.yaml", "a remote file may not include files outside its own tree"],
        ["out/hostname", "the path leaves the fetched tree"],
        ["../cfg.git/HEAD", "the path leaves the fetched tree"],
      ] as const
    ) {
      const { settings, stderr } = await settingsOf(
        home,
        `import: "${repo}//${sub}"\nsettings: {a: 1}\n`,
      );
      assert.deepEqual(settings, { a: 1 });
      assert.ok(stderr.includes(reason), `${sub}: ${stderr}`);
    }
    const trusted =
      `imports: {trust: ["${repo}"]}\nimport: "${repo}//evil.yaml"\nsettings: {a: 1}\n`;
    const { code } = await settingsOf(home, trusted, {}, ["--resolved"]);
    assert.equal(code, 0);
    assert.equal(Deno.readTextFileSync(`${dir.path}/work/pwned`), "pwned\n");
  },
);

realTest("a ref that starts with a dash is refused", needs, async () => {
  await using dir = await tempDir();
  await makeRepository(dir.path);
  await using home = await tempDir();
  const item =
    `git::file://${dir.path}/srv/acme/cfg.git//auth/prod?ref=--upload-pack=touch${dir.path}/x`;
  const { stderr } = await settingsOf(home, `import: "${item}"\nsettings: {a: 1}\n`);
  assert.match(stderr, /a git ref may not start with '-'/);
});

realTest("a token reaches the server by header and stands nowhere else", needs, async () => {
  await using dir = await tempDir();
  await makeRepository(dir.path);
  await using server = await serve(dir.path);
  await using home = await tempDir();
  await using bin = await tempDir();
  // A git that records how it was called before it does its work.
  const wrapper = await bin.write(
    "git",
    `#!/bin/sh\nprintf '%s\\n' "$*" >> ${bin.path}/argv\nexec ${which("git")} "$@"\n`,
  );
  await Deno.chmod(wrapper, 0o755);
  const yaml = `import: "git::${server.https}/acme/cfg.git//auth/prod"\nsettings: {a: 1}\n`;
  const env = {
    GITHUB_SERVER_URL: server.https,
    GIT_SSL_CAINFO: server.ca,
    PATH: `${bin.path}:/usr/bin:/bin`,
    ATMOS_LOGS_LEVEL: "Trace",
    ATMOS_GITHUB_CLI: "",
  };
  const without = await settingsOf(home, yaml, env);
  assert.deepEqual(without.settings, { a: 1 });
  assert.match(without.stderr, /could not fetch the repository/);
  assert.match(without.stderr, /their credentials cannot be used here|could not read Username/);

  const run = await settingsOf(home, yaml, { ...env, GITHUB_TOKEN: TOKEN });
  assert.deepEqual(run.settings, { which: "second", a: 1 }, run.stderr);
  const basic = btoa(`x-access-token:${TOKEN}`);
  assert.ok(server.log().includes(`x-access-token|Basic ${basic}|200|`), server.log());
  const argv = Deno.readTextFileSync(`${bin.path}/argv`);
  for (const secret of [TOKEN, basic]) {
    assert.ok(!run.stderr.includes(secret), "token in the log");
    assert.ok(!run.stdout.includes(secret));
    assert.ok(!argv.includes(secret), "token in an argument list");
    for (const [path, text] of run.files) {
      assert.ok(!path.includes(secret) && !text.includes(secret), `token in ${path}`);
    }
  }
  assert.ok(![...run.files.keys()].some((path) => path.includes("/.git/")), "the clone was kept");

  const off = await settingsOf(
    home,
    `settings: {inject_github_token: false}\n${yaml.replace("settings: {a: 1}\n", "")}`,
    {
      ...env,
      GITHUB_TOKEN: TOKEN,
      ATMOS_XDG_CACHE_HOME: `${home.path}/other`,
    },
  );
  assert.match(off.stderr, /could not fetch the repository/);
});

realTest(
  "user and password of an address go by header and out of every message and file name",
  needs,
  async () => {
    await using dir = await tempDir();
    await makeRepository(dir.path);
    await using server = await serve(dir.path);
    await using home = await tempDir();
    const address = `git::${
      server.https.replace("://", `://x-access-token:${TOKEN}@`)
    }/acme/cfg.git//auth/prod`;
    const run = await settingsOf(home, `import: "${address}"\nsettings: {a: 1}\n`, {
      GIT_SSL_CAINFO: server.ca,
      ATMOS_LOGS_LEVEL: "Trace",
    });
    assert.deepEqual(run.settings, { which: "second", a: 1 }, run.stderr);
    for (const [path, text] of run.files) {
      if (path === "atmos.yaml") continue;
      assert.ok(!path.includes(TOKEN) && !text.includes(TOKEN), `token in ${path}`);
    }
    assert.ok(!run.stderr.includes(TOKEN));
  },
);

realTest("a stale token is dropped and a public repository read without it", needs, async () => {
  await using dir = await tempDir();
  await makeRepository(dir.path);
  await using server = await serve(dir.path);
  await using home = await tempDir();
  const run = await settingsOf(
    home,
    `import: "git::${server.https}/open/cfg.git//auth/prod"\nsettings: {a: 1}\n`,
    { GITHUB_SERVER_URL: server.https, GIT_SSL_CAINFO: server.ca, GITHUB_TOKEN: "stale-token-1" },
  );
  assert.deepEqual(run.settings, { which: "second", a: 1 }, run.stderr);
});

realTest(
  "files over http: redirects are followed, never from https to http; a checksum is held",
  needs,
  async () => {
    await using dir = await tempDir();
    await makeRepository(dir.path);
    await using server = await serve(dir.path);
    await using home = await tempDir();
    const get = (path: string, base = server.http) =>
      settingsOf(home, `import: "${base}${path}"\nsettings: {a: 1}\n`, {
        NODE_EXTRA_CA_CERTS: server.ca,
      });
    assert.deepEqual((await get("/plain.yaml")).settings, { plain: "yes", a: 1 });
    assert.deepEqual((await get("/moved.yaml")).settings, { plain: "yes", a: 1 });
    assert.match((await get("/loop.yaml")).stderr, /too many redirects/);
    assert.deepEqual((await get("/plain.yaml", server.https)).settings, { plain: "yes", a: 1 });
    assert.match(
      (await get("/down.yaml", server.https)).stderr,
      /refusing a redirect from https to http/,
    );
    assert.match((await get("/gone.yaml?token=abcdefgh")).stderr, /gone\.yaml: HTTP status 404/);
    const text = "settings: {plain: yes}\n";
    const digest = new Uint8Array(
      await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)),
    );
    assert.deepEqual((await get(`/plain.yaml?checksum=sha256:${digest.toHex()}`)).settings, {
      plain: "yes",
      a: 1,
    });
    assert.match(
      (await get(`/plain.yaml?checksum=sha256:${"0".repeat(64)}`)).stderr,
      /the content does not match its checksum/,
    );
  },
);

realTest(
  "within its time to live a copy is used, a failing refetch falls back to it",
  needs,
  async () => {
    await using dir = await tempDir();
    await makeRepository(dir.path);
    await using home = await tempDir();
    const item = `git::file://${dir.path}/srv/acme/cfg.git//auth/prod`;
    const yaml = (ttl: string) => `imports: {ttl: ${ttl}}\nimport: "${item}"\nsettings: {a: 1}\n`;
    assert.equal((await settingsOf(home, yaml("1h"))).settings.which, "second");
    await sh(
      dir.path,
      `cd work && printf 'settings: {which: third}\\n' > auth/prod.yaml && git commit -q -a -m three &&
     git push -q ../srv/acme/cfg.git main`,
    );
    assert.equal((await settingsOf(home, yaml("1h"))).settings.which, "second");
    assert.equal((await settingsOf(home, yaml("0s"))).settings.which, "third");
    await Deno.rename(dir.join("srv"), dir.join("away"));
    const stale = await settingsOf(home, yaml("0s"));
    assert.equal(stale.settings.which, "third");
    assert.match(stale.stderr, /using the stored copy/);
    const bad = await settingsOf(home, yaml("sometimes"));
    assert.match(bad.stderr, /invalid imports\.ttl 'sometimes'/);
    const cache = [...stale.files.keys()].filter((path) => path.includes("stack-imports/"));
    assert.ok(
      cache.some((path) => /stack-imports\/[0-9a-f]{64}\/\.atmos-source-ready$/.test(path)),
    );
    const ready = cache.find((path) => path.endsWith(".atmos-source-ready"))!;
    assert.equal(Deno.statSync(home.join(ready)).mode! & 0o777, 0o600);
    assert.equal(Deno.statSync(home.join(ready.replace(/\/[^/]*$/, ""))).mode! & 0o777, 0o700);
  },
);

realTest(
  "!include takes a file of a repository or of a server, and the kind of file from its name",
  needs,
  async () => {
    await using dir = await tempDir();
    await makeRepository(dir.path);
    await using server = await serve(dir.path);
    await using home = await tempDir();
    const repo = `git::file://${dir.path}/srv/acme/cfg.git`;
    const run = await settingsOf(
      home,
      `settings:
  git: !include ${repo}//auth/prod .settings.which
  http: !include ${server.http}/plain.yaml
  raw: !include.raw ${server.http}/plain.yaml
`,
      {},
      ["--resolved"],
    );
    assert.deepEqual(run.settings, {
      git: "second",
      http: { settings: { plain: "yes" } },
      raw: "settings: {plain: yes}\n",
    }, run.stderr);
    const gone = await settingsOf(
      home,
      `settings:\n  x: !include ${server.http}/gone.yaml\n`,
      {},
      ["--resolved"],
    );
    assert.equal(gone.code, 2);
    assert.match(gone.stderr, /HTTP status 404/);
  },
);
