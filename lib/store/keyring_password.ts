/** Where the password of the file keyring comes from (03 §6.4, 03 Beyond 5). */
import type { Env } from "../sys/env.ts";
import { AuthError } from "../sys/error.ts";
import type { Files } from "../sys/files.ts";
import type { Secret } from "../sys/secret.ts";
import type { Spawn } from "../sys/spawn.ts";

export interface PasswordSettings {
  /** Name of the environment variable, the only one read. */
  variable: string;
  /** File that holds the password, 0600. */
  file?: string;
  /** Program that prints it; argv, no shell. */
  command?: string[];
}

export interface PasswordDoors {
  env: Env;
  files: Files;
  spawn: Spawn;
  /** Asks a person, masked; absent when nobody can be asked. */
  ask?: (title: string) => Promise<Secret>;
  /** Told between two tries. */
  notice?: (text: string) => void;
  readDescriptor?: (fd: number) => Promise<string>;
}

/** What the store knows about the password it needs. */
export interface PasswordNeed {
  /** Nothing is encrypted yet: the password is a new one. */
  fresh: boolean;
  /** Whether the bytes open what is there. The bytes stay untouched. */
  accepts(password: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

const MIN_BYTES = 8;
const TRIES = 3;
const COMMAND_TIMEOUT_MS = 30_000;

/**
 * The password as bytes. From the variable, `ATMOS_KEYRING_PASSWORD_FD`, `password_file`,
 * `password_command`, else a person: three tries at an existing store, twice the same for a new
 * one. A wrong password from elsewhere is returned as it is; the store says what is wrong with it.
 *
 * Throws AuthError `keyring_password_required`, `keyring_password_too_short`,
 * `keyring_wrong_password` (after the tries) and `keyring_password_source`.
 */
export async function obtainPassword(
  settings: PasswordSettings,
  doors: PasswordDoors,
  need: PasswordNeed,
): Promise<Uint8Array<ArrayBuffer>> {
  const given = await givenPassword(settings, doors);
  if (given !== undefined) {
    return need.fresh ? newPassword(given) : new TextEncoder().encode(given);
  }
  if (!doors.ask) throw passwordRequired(settings.variable);
  return need.fresh ? await askNew(doors.ask, doors.notice) : await askExisting(doors, need);
}

/** Whether a password can be had, without having it: undefined, or why not. */
export function passwordMissing(
  settings: PasswordSettings,
  doors: Pick<PasswordDoors, "env" | "ask">,
): string | undefined {
  const anywhere = doors.env.nonEmpty(settings.variable) ||
    doors.env.nonEmpty("ATMOS_KEYRING_PASSWORD_FD") || settings.file || settings.command?.length ||
    doors.ask;
  return anywhere ? undefined : passwordRequired(settings.variable).message;
}

/** The bytes of a new password that came from no prompt; throws `keyring_password_too_short`. */
export function newPassword(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length < MIN_BYTES) throw passwordTooShort();
  return bytes;
}

async function givenPassword(
  settings: PasswordSettings,
  doors: PasswordDoors,
): Promise<string | undefined> {
  const value = doors.env.nonEmpty(settings.variable);
  if (value !== undefined) return value;
  const fd = doors.env.nonEmpty("ATMOS_KEYRING_PASSWORD_FD");
  if (fd !== undefined) return await fromDescriptor(fd, doors);
  if (settings.file) return await passwordFromFile(settings.file, doors);
  if (settings.command?.length) return await fromCommand(settings.command, doors);
  return undefined;
}

async function fromDescriptor(fd: string, doors: PasswordDoors): Promise<string> {
  if (!/^\d{1,5}$/.test(fd) || !doors.readDescriptor) {
    throw badSource("ATMOS_KEYRING_PASSWORD_FD", "it is no descriptor number");
  }
  return nonEmptyLine(await doors.readDescriptor(Number(fd)), `descriptor ${fd}`);
}

/** The password in a file that nobody else may read. */
export async function passwordFromFile(
  path: string,
  doors: Pick<PasswordDoors, "files">,
): Promise<string> {
  const facts = doors.files.stat(path);
  if (!facts) throw badSource(path, "the file does not exist");
  if (facts.mode !== null && (facts.mode & 0o077) !== 0) {
    throw new AuthError({
      code: "insecure_permissions",
      message: `insecure permissions on ${path}: the keyring password is readable by others`,
      hints: [`Run \`chmod 600 ${path}\``],
    });
  }
  return nonEmptyLine(await doors.files.readText(path) ?? "", path);
}

async function fromCommand(argv: string[], doors: PasswordDoors): Promise<string> {
  const [program, ...args] = argv as [string, ...string[]];
  const command = doors.spawn.which(program);
  if (!command) throw badSource(`password_command ${program}`, "the program is not found");
  // A password manager's client needs its own variables (session, agent), hence the whole environment.
  const result = await doors.spawn.helper({
    command,
    args,
    inheritEnv: true,
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
  if (result.timedOut) {
    throw badSource(`password_command ${program}`, "it did not end within 30 s");
  }
  if (result.code !== 0) {
    throw badSource(`password_command ${program}`, `it ended with exit code ${result.code}`);
  }
  return nonEmptyLine(result.stdoutText, `password_command ${program}`);
}

/** Files and programs end their text with a line break, which is not part of the password. */
function nonEmptyLine(text: string, source: string): string {
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw badSource(source, "it is empty");
  return password;
}

async function askExisting(
  doors: PasswordDoors,
  need: PasswordNeed,
): Promise<Uint8Array<ArrayBuffer>> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const bytes = await ask(doors.ask!, "Enter keyring password");
    if (await need.accepts(bytes)) return bytes;
    bytes.fill(0);
    if (attempt < TRIES) doors.notice?.("Wrong keyring password, try again");
  }
  throw wrongPassword();
}

/** A password for a new store: at least 8 bytes, typed twice alike. */
export async function askNew(
  askPerson: (title: string) => Promise<Secret>,
  notice: ((text: string) => void) | undefined,
  title = "Enter keyring password",
): Promise<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const first = await ask(askPerson, title);
    if (first.length < MIN_BYTES) {
      notice?.(passwordTooShort().message);
      continue;
    }
    const second = await ask(askPerson, "Confirm keyring password");
    const same = first.length === second.length && first.every((byte, i) => byte === second[i]);
    second.fill(0);
    if (same) return first;
    first.fill(0);
    notice?.("The passwords differ, try again");
  }
}

async function ask(
  askPerson: (title: string) => Promise<Secret>,
  title: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return new TextEncoder().encode((await askPerson(title)).reveal());
}

export function wrongPassword(): AuthError {
  return new AuthError({
    code: "keyring_wrong_password",
    message: "wrong keyring password",
    hints: ["Give the password that the entries were stored with; no entry opens with this one"],
  });
}

export function passwordTooShort(): AuthError {
  return new AuthError({
    code: "keyring_password_too_short",
    message: "password must be at least 8 characters",
    explanation: "Counted in bytes of UTF-8, for a keyring that is made anew.",
  });
}

function passwordRequired(variable: string): AuthError {
  return new AuthError({
    code: "keyring_password_required",
    message: `keyring password required: set ${variable} environment variable or run in ` +
      "interactive mode",
  });
}

function badSource(source: string, reason: string): AuthError {
  return new AuthError({
    code: "keyring_password_source",
    message: `keyring password required: cannot take it from ${source}: ${reason}`,
  });
}
