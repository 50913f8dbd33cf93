/** The realm that the reference derives from the place of the configuration (01 §4.8, 03 §4). */
import { sha256Hex } from "../sys/hash.ts";

/** First 16 hex digits of SHA-256 over the lower-cased path with forward slashes. */
export function deriveRealm(windows: boolean, basis: string | undefined): string {
  if (basis === undefined) return "default";
  const path = (windows ? basis.replaceAll("\\", "/") : basis).replace(/(.)\/+$/, "$1");
  return sha256Hex(path.toLowerCase()).slice(0, 16);
}
