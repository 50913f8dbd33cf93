import { type Core, modeFor } from "./core.ts";
import { cachedOrAuthenticate, type Session } from "./session.ts";
import { AuthError, type ConsoleLink, type ConsoleRequest, type Entry } from "./types.ts";

/**
 * A sign-in link for the web console of an identity's cloud (02 §6.9): cached credentials, else the
 * chain. Throws `provider does not support this operation` for kinds without a console.
 */
export async function consoleFor(
  core: Core,
  identity: Entry,
  request: ConsoleRequest,
): Promise<{ link: ConsoleLink; session: Session }> {
  const mode = modeFor(core, "use");
  const session = await cachedOrAuthenticate(core, identity, mode);
  const { kind, credentials, cx } = session;
  if (!kind.console || credentials === null) {
    const provider = session.chain.entries[0]!;
    throw new AuthError({
      code: "not_supported",
      message:
        `provider does not support this operation: provider "${provider.kind}" does not support web console access`,
    });
  }
  return { link: await kind.console(credentials, cx, request), session };
}
