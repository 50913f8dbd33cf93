/** What the server and its administration share. */
import type { FaultList } from "./faults.ts";
import type { World } from "./world.ts";

/** One line of the request log. Holds no secret. */
export interface LogEntry {
  /** Server time, RFC 3339. */
  at: string;
  /** `sts.AssumeRole`; `unknown` for what no service answers to. */
  operation: string;
  method: string;
  path: string;
  status: number;
  /** Error code of a refusal. */
  code?: string;
  /** Of the signature's credential, as claimed. */
  accessKeyId?: string;
  region?: string;
  userAgent?: string;
}

/** What lives as long as the server; a reset replaces `world`. */
export interface Control {
  world: World;
  faults: FaultList;
  log: LogEntry[];
  clockOffsetMs: number;
  url: string;
  reset(): void;
}
