/** What other programs and their files do to us. */
import { identityKinds, providerKinds } from "../../providers/registry.ts";
import { sectionNames } from "../store/ini.ts";
import { dockerConfigFile, homeDir, isAbsolute, join, kubeconfigFile } from "../store/paths.ts";
import { stableExecutable } from "../sys/executable.ts";
import { bad, type Check, type CheckResult, ok, type Patient, warning } from "./doctor.ts";

export const foreignChecks: Check[] = [
  { id: "env.override", topic: "environment", run: checkVariables },
  { id: "aws.profile.clash", topic: "AWS profiles", run: checkProfiles },
  { id: "path.shadow", topic: "PATH", run: checkPath },
  { id: "paths.stable", topic: "program path", run: checkOwnPaths },
  { id: "docker.helper", topic: "docker", run: checkDocker },
  { id: "kube.exec", topic: "kubeconfig", run: checkKubeconfig },
];

/** Variables that SDKs prefer to what we write, by cloud. `exec` removes them; a bare shell keeps them. */
const overriding: Record<string, string[]> = {
  aws: [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  ],
  azure: [
    "ARM_CLIENT_ID",
    "ARM_CLIENT_SECRET",
    "ARM_TENANT_ID",
    "ARM_SUBSCRIPTION_ID",
    "ARM_USE_MSI",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_TENANT_ID",
  ],
  gcp: ["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CREDENTIALS", "CLOUDSDK_AUTH_ACCESS_TOKEN"],
};

/** Clouds that the configuration has to do with. */
function cloudsOf({ config }: Patient): Set<string> {
  const clouds = new Set<string>();
  for (const { kind } of config?.providers.all() ?? []) {
    clouds.add(providerKinds[kind]?.cloud ?? "none");
  }
  for (const { kind } of config?.identities.all() ?? []) {
    clouds.add(identityKinds[kind]?.cloud ?? "none");
  }
  return clouds;
}

function checkVariables(patient: Patient): CheckResult[] {
  const { env } = patient.cx.deps;
  const out: CheckResult[] = [];
  for (const cloud of cloudsOf(patient)) {
    const set = (overriding[cloud] ?? []).filter((name) => env.nonEmpty(name) !== undefined);
    if (set.length === 0) continue;
    out.push(warning(
      `${set.join(", ")} ${
        set.length === 1 ? "is" : "are"
      } set: programs started without \`exec\` obey them`,
      `Run programs through \`${patient.cx.prog} exec\`, or \`unset ${set.join(" ")}\``,
    ));
  }
  return out.length > 0 ? out : [ok("nothing overrides the configured identities")];
}

function checkProfiles(patient: Patient): CheckResult[] {
  const { config } = patient;
  if (!config || !cloudsOf(patient).has("aws")) return [];
  const { env, files } = patient.cx.deps;
  if (env.home() === undefined) return [];
  const names = new Set(config.identities.names().map((name) => name.toLowerCase()));
  const out: CheckResult[] = [];
  for (
    const [variable, name] of [
      ["AWS_CONFIG_FILE", "config"],
      ["AWS_SHARED_CREDENTIALS_FILE", "credentials"],
    ] as const
  ) {
    const path = env.nonEmpty(variable) ?? join(env, homeDir(env), ".aws", name);
    const text = files.readTextSync(path);
    if (text === undefined) continue;
    for (const section of sectionNames(text)) {
      const profile = section.replace(/^profile\s+/, "");
      if (!names.has(profile.toLowerCase())) continue;
      out.push(warning(
        `${path} has a profile "${profile}" named like an identity`,
        "Outside of `exec` and `env` AWS tools mean that profile",
      ));
    }
  }
  return out.length > 0 ? out : [ok("no profile bears the name of an identity")];
}

/** The program found first on PATH is this one. */
function checkPath({ cx }: Patient): CheckResult[] {
  const { env, files, spawn } = cx.deps;
  const own = stableExecutable(env);
  const first = spawn.which("atmos-auth");
  if (first === undefined) {
    return [warning("atmos-auth is not on PATH", `Helpers of other tools use ${own}`)];
  }
  if (files.realPath(first) === files.realPath(own)) return [ok(first)];
  return [warning(
    `${first} is found first, this is ${own}`,
    "Change the order of PATH, or remove the other one",
  )];
}

/** An absolute path of ours or of one of our helper names, in whatever syntax stands around it. */
const ownPath =
  /(?<![^\s"'=!:,])(?:[A-Za-z]:)?[/\\][^\s"'=!]*[/\\](?:(?:git|docker)-credential-)?atmos-auth(?:\.exe)?(?=["'\s,]|$)/gm;

/** Lines in files of other tools that start us: what they name must be there, and outlast an upgrade. */
function checkOwnPaths({ cx }: Patient): CheckResult[] {
  const { env, files } = cx.deps;
  if (env.home() === undefined) return [];
  const home = homeDir(env);
  const stable = stableExecutable(env);
  const own = files.realPath(stable);
  const out: CheckResult[] = [];
  let seen = 0;
  for (
    const file of [
      env.nonEmpty("AWS_CONFIG_FILE") ?? join(env, home, ".aws", "config"),
      join(env, home, ".gitconfig"),
      join(env, home, ".config", "git", "config"),
      ...kubeconfigs(env),
    ]
  ) {
    for (const path of new Set(files.readTextSync(file)?.match(ownPath) ?? [])) {
      seen++;
      if (!files.exists(path)) {
        out.push(bad(
          `${file} starts ${path}, which is not there any more`,
          `Write ${stable} in its place`,
        ));
      } else if (path !== stable && path === own) {
        out.push(warning(
          `${file} starts ${path}, which the next upgrade may remove`,
          `Write ${stable} in its place`,
        ));
      }
    }
  }
  if (out.length > 0) return out;
  return [ok(seen === 0 ? `${stable}, started by no other tool` : `${stable}, ${seen} times`)];
}

/** Files that kubectl reads: `KUBECONFIG`, else the default one; ours as well. */
function kubeconfigs(env: Patient["cx"]["deps"]["env"]): string[] {
  const separator = env.os === "windows" ? ";" : ":";
  const named = env.nonEmpty("KUBECONFIG")?.split(separator).filter((path) => path !== "") ??
    [join(env, homeDir(env), ".kube", "config")];
  return [...new Set([...named, kubeconfigFile(env)])];
}

function checkDocker({ cx }: Patient): CheckResult[] {
  const { env, files, spawn } = cx.deps;
  if (env.home() === undefined && !env.nonEmpty("DOCKER_CONFIG")) return [];
  const path = dockerConfigFile(env);
  const text = files.readTextSync(path);
  if (text === undefined) return [];
  let config: { credHelpers?: Record<string, string>; credsStore?: string };
  try {
    config = JSON.parse(text);
  } catch {
    return [bad(`${path} is no JSON`, "Docker itself cannot read it either: correct or remove it")];
  }
  const helpers = Object.entries(config.credHelpers ?? {});
  if (config.credsStore) helpers.push(["every other registry", config.credsStore]);
  const missing = helpers.filter(([, name]) => !spawn.which(`docker-credential-${name}`));
  if (missing.length > 0) {
    return missing.map(([host, name]) =>
      bad(
        `${path}: the helper docker-credential-${name} of ${host} is not on PATH`,
        "Install it, or remove the line",
      )
    );
  }
  return [ok(`${path}${helpers.length > 0 ? `: ${helpers.length} helpers, all found` : ""}`)];
}

interface Kubeconfig {
  users?: { name?: string; user?: { exec?: { command?: string } } }[];
}

async function checkKubeconfig({ cx }: Patient): Promise<CheckResult[]> {
  const { env, files, spawn } = cx.deps;
  if (env.home() === undefined) return [];
  const out: CheckResult[] = [];
  let seen = 0;
  for (const path of kubeconfigs(env)) {
    const text = files.readTextSync(path);
    if (text === undefined) continue;
    const { parseDocument } = await import("yaml");
    const document = parseDocument(text, { logLevel: "silent" });
    const [trouble] = document.errors;
    if (trouble) {
      const [reason] = trouble.message.split("\n", 1);
      out.push(bad(`${path} is no YAML: ${reason}`, "kubectl cannot read it either: correct it"));
      continue;
    }
    const config = document.toJS() as Kubeconfig | null;
    for (const { name, user } of config?.users ?? []) {
      const command = user?.exec?.command;
      if (!command) continue;
      seen++;
      // kubectl takes a relative path as seen from the file
      const at = isAbsolute(env, command) ? command : join(env, path, "..", command);
      const found = /[/\\]/.test(command) ? files.exists(at) : spawn.which(command) !== undefined;
      if (found) continue;
      out.push(bad(
        `${path}: the command of user "${name}" does not exist: ${command}`,
        "Write the entry anew with `login` or `update-kubeconfig`",
      ));
    }
  }
  return out.length > 0
    ? out
    : [ok(seen === 0 ? "no commands in it" : `${seen} commands, all found`)];
}
