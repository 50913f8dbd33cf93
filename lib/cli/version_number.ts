/** Version of this program; `deno.json` says the same. */
export const VERSION = "0.1.0";
