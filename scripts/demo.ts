/**
 * `deno task demo`: signs in through single sign-on, takes a role two links down, and cleans up after
 * itself: with cloud endpoints of its own on this machine, in a home directory of its own. No account is
 * needed, nothing leaves the machine, nothing stays behind.
 *
 * On a terminal you are the person at the browser: Enter approves. Otherwise the browser is played.
 */
import { type Emulator, startEmulator } from "../lib/emulator/server.ts";
import { programEnv } from "../tests/support/program.ts";
import { buildProgram } from "./build.ts";
import { chainConfig } from "./sample_config.ts";

interface Stage {
  program: string;
  emulator: Emulator;
  home: string;
  env: Record<string, string>;
}

const started = performance.now();
const colour = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");
const attended = Deno.stdin.isTerminal() && Deno.stderr.isTerminal() && !Deno.env.get("CI");

function say(text: string): void {
  console.log(colour ? `\n\x1b[1m${text}\x1b[0m` : `\n${text}`);
}

async function main(): Promise<number> {
  console.log("atmos-auth: from single sign-on to a role two links down");
  const program = await buildProgram();
  const emulator = await startEmulator();
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "atmos-auth-demo-" }));
  try {
    await tell({ program, emulator, home, env: demoEnv(home, program) });
  } finally {
    await emulator.stop();
    await Deno.remove(home, { recursive: true });
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`Done in ${seconds} s. The clouds are stopped and the home directory is gone.`);
  console.log("Next: atmos-auth --help, or docs/README.md");
  return 0;
}

function demoEnv(home: string, program: string): Record<string, string> {
  const bin = program.slice(0, program.lastIndexOf("/"));
  return programEnv(home, {
    PATH: `${bin}${Deno.build.os === "windows" ? ";" : ":"}${Deno.env.get("PATH") ?? ""}`,
    TERM: Deno.env.get("TERM") ?? "dumb",
    ATMOS_KEYRING_TYPE: "file",
    ATMOS_KEYRING_PASSWORD: crypto.randomUUID(),
    ...(colour ? {} : { NO_COLOR: "1" }),
  });
}

async function tell(stage: Stage): Promise<void> {
  const { emulator, home } = stage;
  const config = chainConfig(emulator.url);
  await Deno.writeTextFile(`${home}/atmos.yaml`, config);

  say(`An organization with three accounts now answers at ${emulator.url}.`);
  console.log("This atmos.yaml says who may become what:\n");
  console.log(config.trimEnd().replace(/^/gm, "    "));

  say("1. Sign in once. This is the only time anybody is asked.");
  await signIn(stage);

  say("2. Who am I?");
  await run(stage, ["whoami"]);

  say("3. What is there, and how long is it good for?");
  await run(stage, ["list"]);

  say("4. What would a tool get? Paths and a profile, no keys.");
  await run(stage, ["env"]);

  say("5. Run a program as prod-deployer, two links behind the sign-in, and let it ask STS.");
  const before = calls(emulator);
  await run(stage, ["exec", "--", ...await askSts(emulator)]);
  console.log(
    `  (${calls(emulator) - before} request: the program's own. The credentials were still good.)`,
  );

  say("6. Leave. Afterwards no file in this home holds a secret.");
  await run(stage, ["logout", "--all"]);
}

function calls(emulator: Emulator): number {
  return Object.values(emulator.admin.counters()).reduce((sum, n) => sum + n, 0);
}

async function signIn(stage: Stage): Promise<void> {
  const work = run(stage, ["login", "--device-code"], { ATMOS_FORCE_TTY: "true" });
  let done = false;
  const finished = work.finally(() => done = true);
  finished.catch(() => {});
  while (
    !done &&
    stage.emulator.admin.log({ operation: "sso-oidc.StartDeviceAuthorization" }).length === 0
  ) {
    await pause(20);
  }
  if (!done && attended) {
    await pause(300);
    console.log("\n  You are the browser: press Enter to approve.");
    await Deno.stdin.read(new Uint8Array(64));
  }
  if (!done) stage.emulator.admin.approve();
  await finished;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The AWS CLI where it is installed, else a few lines with the AWS SDK for JavaScript. */
async function askSts(emulator: Emulator): Promise<string[]> {
  const aws = await new Deno.Command("aws", { args: ["--version"], stdout: "null", stderr: "null" })
    .output().then((o) => o.success, () => false);
  const endpoint = `--endpoint-url=${emulator.url}`;
  if (aws) return ["aws", "sts", "get-caller-identity", endpoint, "--output=json"];
  const client = new URL("sts_caller.ts", import.meta.url).pathname;
  return [Deno.execPath(), "run", "--quiet", "--allow-all", client, emulator.url];
}

async function run(
  stage: Stage,
  args: string[],
  env: Record<string, string> = {},
): Promise<void> {
  console.log(`\n$ atmos-auth ${args.map(shown).join(" ")}`);
  const child = new Deno.Command(stage.program, {
    args,
    cwd: stage.home,
    clearEnv: true,
    env: { ...stage.env, ...env },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const { code } = await child.status;
  if (code !== 0) throw new Error(`atmos-auth ${args[0]} ended with exit code ${code}`);
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
