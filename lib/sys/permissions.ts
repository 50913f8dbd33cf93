/**
 * Gives up whole kinds of permission for the rest of the run (03 §10.3). What is given up cannot be
 * had again; hosts, programs and paths inside what stays are limited by the gateways.
 */
export function giveUp(...names: ("net" | "run" | "ffi" | "write")[]): void {
  for (const name of names) Deno.permissions.revokeSync({ name });
}
