/** The console's federation endpoint: credentials in, a sign-in link out. */
import { type Call, form, json, redirect, type Reply, ServiceError } from "./http.ts";
import { opaque, type Session, type World } from "./world.ts";

/** The endpoint tells nothing but the status; the text is for the reader of a test. */
function bad(message: string): ServiceError {
  return new ServiceError(400, "Invalid request", message);
}

/** Kinds of sessions that may open the console. */
const CONSOLE: Session["kind"][] = [
  "assumed-role",
  "permission-set",
  "federation-token",
  "signin",
];

function sessionOf(world: World, text: string | null): Session {
  let claim: { sessionId?: unknown; sessionKey?: unknown; sessionToken?: unknown };
  try {
    claim = JSON.parse(text ?? "");
  } catch {
    throw bad("Session is not JSON");
  }
  const session = world.sessions.get(String(claim?.sessionId));
  if (!session || session.secret !== claim.sessionKey || session.token !== claim.sessionToken) {
    throw bad("Session holds no valid temporary credentials");
  }
  if (session.expiresAt <= world.now()) throw bad("The credentials have expired");
  if (!CONSOLE.includes(session.kind)) {
    throw bad(`A ${session.kind} session cannot open the console`);
  }
  return session;
}

/** SessionDuration goes with a role that was assumed directly, and with nothing else. */
function checkDuration(session: Session, text: string | null): number | undefined {
  if (text === null) return undefined;
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 900 || seconds > 43200) {
    throw bad("SessionDuration must be between 900 and 43200");
  }
  const direct = (session.kind === "assumed-role" && !session.chained) ||
    session.kind === "permission-set";
  if (!direct) throw bad("SessionDuration cannot be used with these credentials");
  return seconds;
}

function only(fields: URLSearchParams, known: string[]): void {
  const stray = [...fields.keys()].find((k) => !known.includes(k));
  if (stray) throw bad(`unknown parameter ${stray}`);
}

function getSigninToken(world: World, fields: URLSearchParams): Reply {
  only(fields, ["Action", "Session", "SessionDuration", "SessionType"]);
  const session = sessionOf(world, fields.get("Session"));
  const seconds = checkDuration(session, fields.get("SessionDuration"));
  const token = opaque(world.random, 240);
  world.federation.set(token, { session, expiresAt: world.now() + 15 * 60_000, seconds });
  return json({ SigninToken: token });
}

function login(world: World, fields: URLSearchParams): Reply {
  only(fields, ["Action", "Destination", "Issuer", "SigninToken", "SessionDuration"]);
  const found = world.federation.get(fields.get("SigninToken") ?? "");
  if (!found || found.expiresAt <= world.now()) throw bad("The sign-in token is not valid");
  const destination = fields.get("Destination") ?? "";
  if (!URL.canParse(destination)) throw bad("Destination is missing");
  return {
    ...redirect(destination),
    headers: {
      location: destination,
      "set-cookie": "aws-creds=emulated; Path=/; HttpOnly; SameSite=Lax",
    },
  };
}

/** The action of a call, for routing. */
export function federationAction(call: Call): string {
  return (call.method === "POST" ? form(call) : call.query).get("Action") ?? "none";
}

/** `GET|POST /federation` */
export async function federation(world: World, call: Call): Promise<Reply> {
  const fields = call.method === "POST" ? form(call) : call.query;
  switch (fields.get("Action")) {
    case "getSigninToken":
      return getSigninToken(world, fields);
    case "login":
      if (call.method !== "GET") throw bad("login is a GET");
      return login(world, fields);
    case "logout":
      return redirect("https://aws.amazon.com/");
  }
  throw bad("unknown Action");
}
