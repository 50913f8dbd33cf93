import { tempDir } from "./temp.ts";

/** A Secret Service of its own: private bus, private home, unlocked `login` collection. */
export interface SecretService extends AsyncDisposable {
  /** Variables that lead clients to it, with a private HOME. */
  env: Record<string, string>;
  /** Locks the default collection, through another client. */
  lock(): Promise<void>;
}

/** What {@link secretService} needs, for `realTest`. */
export const secretServiceNeeds = [
  { program: "dbus-daemon", package: "dbus" },
  { program: "gnome-keyring-daemon", package: "gnome-keyring" },
  { program: "secret-tool", package: "libsecret-tools" },
  {
    program: "/usr/bin/python3",
    package: "python3-secretstorage",
    probe: ["-c", "import secretstorage"],
  },
];

/** Starts a session bus and gnome-keyring on it. */
export async function secretService(): Promise<SecretService> {
  const dir = await tempDir();
  const socket = dir.join("bus");
  const env = {
    HOME: dir.path,
    PATH: Deno.env.get("PATH")!,
    XDG_RUNTIME_DIR: dir.path,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}`,
  };
  const start = (command: string, args: string[], stdin: "null" | "piped") =>
    new Deno.Command(command, {
      args,
      env,
      clearEnv: true,
      stdin,
      stdout: "null",
      stderr: "null",
    }).spawn();
  const bus = start(
    "dbus-daemon",
    ["--session", "--nofork", `--address=unix:path=${socket}`],
    "null",
  );
  await until(() => exists(socket));
  const keyring = start(
    "gnome-keyring-daemon",
    ["--foreground", "--unlock", "--components=secrets", `--control-directory=${dir.path}`],
    "piped",
  );
  const password = keyring.stdin.getWriter();
  await password.write(new TextEncoder().encode("login password"));
  await password.close();
  await until(async () => (await python(env, "assert not default().is_locked()")).success);
  return {
    env,
    lock: async () => {
      if (!(await python(env, "default().lock()")).success) throw new Error("cannot lock");
    },
    [Symbol.asyncDispose]: async () => {
      for (const process of [keyring, bus]) {
        process.kill("SIGTERM");
        await process.status;
      }
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Runs Python with an independent client of the Secret Service. */
export async function python(
  env: Record<string, string>,
  script: string,
): Promise<{ success: boolean; stdout: string }> {
  const prelude = `import secretstorage
bus = secretstorage.dbus_init()
def default():
    return secretstorage.get_default_collection(bus)
`;
  const { success, stdout } = await new Deno.Command("/usr/bin/python3", {
    args: ["-c", prelude + script],
    env,
    clearEnv: true,
    stdin: "null",
    stderr: "null",
  }).output();
  return { success, stdout: new TextDecoder().decode(stdout) };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the service did not come up");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
