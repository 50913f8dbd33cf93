import { systemClock } from "../../lib/sys/clock.ts";
import { type Emulator, startEmulator } from "../../lib/emulator/server.ts";
import type { EmulatorState } from "../../lib/emulator/state.ts";
import { type FakeClock, fakeClock, type FakeDeps, fakeDeps } from "./deps.ts";
import { type LoopbackHttp, loopbackHttp } from "./network.ts";

/** The doors of {@link fakeDeps}, with the emulator behind the network. */
export interface Emulated extends AsyncDisposable {
  emulator: Emulator;
  deps: Omit<FakeDeps, "http"> & { http: LoopbackHttp };
  clock: FakeClock;
  /** Calls by operation, e.g. `sts.AssumeRole`. */
  calls(operation: string): number;
}

/**
 * Starts an emulator that shares a clock with the program: it stands at the present and moves by
 * waits alone. A page that is opened approves at once, and the browser follows its redirect.
 */
export async function emulated(
  init: { state?: EmulatorState; env?: Record<string, string> } = {},
): Promise<Emulated> {
  const clock = fakeClock(new Date(systemClock().now()).toISOString());
  const sleep = clock.sleep;
  // the limits of a wait for a person never run out by themselves
  clock.sleep = (ms, signal) =>
    ms < 240_000
      ? sleep(ms, signal)
      : new Promise((_resolve, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
  const emulator = await startEmulator({
    // the program's correction of its clock is not the server's
    clock: { ...clock, now: () => clock.now() - clock.offset() },
    state: { autoApprove: true, ...init.state },
  });
  const deps = {
    ...fakeDeps({ env: { AWS_ENDPOINT_URL: emulator.url, ...init.env } }),
    clock,
    http: loopbackHttp(),
  };
  deps.terminal.someoneReads = true;
  deps.terminal.openBrowser = async (url) => {
    deps.terminal.openedUrls.push(url);
    const page = await fetch(url, { redirect: "manual" });
    await page.body?.cancel();
    const back = page.headers.get("location");
    if (back) await deps.loopback.visit(back);
    return true;
  };
  return {
    emulator,
    deps,
    clock,
    calls: (operation) => emulator.admin.counters()[operation] ?? 0,
    [Symbol.asyncDispose]: () => emulator.stop(),
  };
}
