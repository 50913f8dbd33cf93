/** Proof of possession of a key, RFC 9449 §4.3, as the sign-in service wants it. */
import { type Call, ServiceError } from "./http.ts";
import type { World } from "./world.ts";

const WINDOW_SECONDS = 300;

function invalid(why: string): ServiceError {
  return new ServiceError(400, "INVALID_REQUEST", `Invalid DPoP proof: ${why}`);
}

/** The URL that `htu` must name. Under a foreign host name TLS ended before us. */
function sameTarget(htu: string, call: Call): boolean {
  if (!URL.canParse(htu)) return false;
  const claimed = new URL(htu), actual = new URL(call.url);
  if (claimed.search || claimed.hash) return false;
  const local = ["127.0.0.1", "localhost", "[::1]"].includes(actual.hostname);
  return claimed.host === actual.host && claimed.pathname === actual.pathname &&
    (claimed.protocol === actual.protocol || !local);
}

/**
 * Checks the `DPoP` header of a call and returns the thumbprint (RFC 7638) of its key.
 *
 * @throws ServiceError INVALID_REQUEST 400
 */
export async function dpopThumbprint(world: World, call: Call): Promise<string> {
  const proof = call.headers.get("dpop");
  if (!proof) throw invalid("missing");
  const { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } = await import("jose");
  let verified;
  try {
    // ES256 in JOSE is raw r‖s of 64 bytes: a DER signature fails here.
    verified = await jwtVerify(proof, EmbeddedJWK, {
      typ: "dpop+jwt",
      algorithms: ["ES256"],
      currentDate: new Date(world.now()),
    });
  } catch (e) {
    throw invalid(e instanceof Error ? e.message : "unreadable");
  }
  const { payload, protectedHeader } = verified;
  const jwk = protectedHeader.jwk!;
  if (jwk.kty !== "EC" || jwk.crv !== "P-256" || "d" in jwk) {
    throw invalid("key must be a public P-256");
  }
  if (payload.htm !== call.method) throw invalid("htm");
  if (typeof payload.htu !== "string" || !sameTarget(payload.htu, call)) throw invalid("htu");
  const now = world.now() / 1000;
  if (typeof payload.iat !== "number" || Math.abs(now - payload.iat) > WINDOW_SECONDS) {
    throw invalid("iat");
  }
  const jti = payload.jti;
  if (typeof jti !== "string" || jti === "" || world.signin.jtis.has(jti)) throw invalid("jti");
  world.signin.jtis.set(jti, now);
  return await calculateJwkThumbprint(jwk, "sha256");
}
