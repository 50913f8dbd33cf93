import type { HelperRequest, HelperResult } from "../../lib/sys/spawn.ts";

/** A play of Windows: PowerShell, our script's protocol and the Credential Manager behind it. */
export interface FakeCredentialManager {
  /** Target name → blob. */
  credentials: Map<string, Uint8Array>;
  /** Starts of PowerShell so far. */
  starts: number;
  /** Win32 error of every operation. */
  failing: number | undefined;
  constrained: boolean;
  run(request: HelperRequest): Partial<HelperResult>;
}

const NOT_FOUND = { missing: true };

export function fakeCredentialManager(): FakeCredentialManager {
  const credentials = new Map<string, Uint8Array>();
  const windows: FakeCredentialManager = {
    credentials,
    starts: 0,
    failing: undefined,
    constrained: false,
    run(request) {
      windows.starts++;
      if (!request.command.endsWith("\\WindowsPowerShell\\v1.0\\powershell.exe")) {
        throw new Error(`not ${request.command}`);
      }
      if (!request.args.includes("-NonInteractive") || request.args.at(-2) !== "-EncodedCommand") {
        throw new Error("unexpected arguments");
      }
      if (windows.constrained) {
        return { stdoutText: '{"unusable":"PowerShell runs in constrained language mode"}\r\n' };
      }
      const lines = String(request.stdin).split("\n");
      const answers: unknown[] = [];
      for (let i = 0; i + 2 < lines.length; i += 3) {
        answers.push(answer(lines[i]!, lines[i + 1]!, lines[i + 2]!));
      }
      return { stdoutText: answers.map((a) => JSON.stringify(a) + "\r\n").join("") };
    },
  };

  function answer(op: string, target: string, secret: string): unknown {
    if (windows.failing !== undefined) return { error: windows.failing };
    const found = credentials.get(target);
    switch (op) {
      case "get":
        return found ? { value: found.toBase64() } : NOT_FOUND;
      case "set": {
        const blob = Uint8Array.fromBase64(secret);
        if (blob.length > 2560) return { error: 1783 };
        credentials.set(target, blob);
        return {};
      }
      case "delete":
        return credentials.delete(target) ? {} : NOT_FOUND;
      case "list":
        return credentials.size ? { keys: [...credentials.keys()] } : NOT_FOUND;
      default:
        throw new Error(`unknown operation ${op}`);
    }
  }
  return windows;
}

/** The script inside `-EncodedCommand`. */
export function decodedCommand(request: HelperRequest): string {
  const bytes = Uint8Array.fromBase64(request.args.at(-1)!);
  return new TextDecoder("utf-16le").decode(bytes);
}
