/**
 * What the program may do, as flags of `deno run` and `deno compile` (03 §10.3). Kinds are granted
 * whole: hosts, files and programs are the user's to configure and cannot be listed here. Their scope
 * is enforced inside (lib/sys), and kinds that a command does not need are given up once it is known.
 */
export const permissionFlags = [
  "--allow-net",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-sys",
  "--deny-ffi",
  "--deny-import",
  "--no-prompt",
];

/**
 * Keeps `deno run` from looking at anything but the bundle: no configuration, no lock file, no
 * downloads.
 */
export const isolationFlags = [
  "--quiet",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--cached-only",
  // functions are compiled with their module and so stand in the runtime's code cache: 2 ms a run
  "--v8-flags=--no-lazy",
];
