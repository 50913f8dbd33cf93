import { registerSecret } from "./mask.ts";

const MASK = "<MASKED>";

/**
 * A secret value that cannot be printed by accident: every conversion to text gives `<MASKED>`
 * (03 §1.2). {@link Secret.reveal} is the one way out and is called only where bytes leave the
 * process: request bodies and headers, file and keyring writers, protocol output.
 *
 * Making one registers the value with the output filter (02 §2.5).
 */
export class Secret {
  #value: string;

  constructor(value: string) {
    this.#value = value;
    registerSecret(value);
  }

  /** The bare value. Call it as late as possible and keep the string short-lived. */
  reveal(): string {
    return this.#value;
  }

  get empty(): boolean {
    return this.#value === "";
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return MASK;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}

/** Wraps a value that may be missing: empty and undefined give undefined. */
export function secretOrUndefined(value: string | undefined | null): Secret | undefined {
  return value ? new Secret(value) : undefined;
}

/** Whether the name of a variable says that its value is secret (02 §6.3, §6.5). */
export function secretLooking(name: string): boolean {
  return /SECRET|TOKEN|PASSWORD|PRIVATE|ACCESS_KEY|SESSION/i.test(name);
}
