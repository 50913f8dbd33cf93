/**
 * The file creation mask: ours is 077 while we work, children get back what the user had
 * (03 §5.3-8). There is one mask per process, hence the module state.
 */
let inherited: number | undefined;

/** Sets the mask to 077 and remembers the one found. Does nothing on Windows or a second time. */
export function tightenUmask(): void {
  if (Deno.build.os === "windows" || inherited !== undefined) return;
  inherited = Deno.umask(0o077);
}

/** The mask this process was started with; 022 where there is none. */
export function inheritedUmask(): number {
  return inherited ?? 0o022;
}

/** Runs `start` (which must be synchronous: the mask is the whole process's) under the inherited mask. */
export function withInheritedUmask<T>(start: () => T): T {
  if (inherited === undefined) return start();
  Deno.umask(inherited);
  try {
    return start();
  } finally {
    Deno.umask(0o077);
  }
}
