import type { IntegrationRow } from "../lib/core/types.ts";

/** Integration kinds that this program can use. */
export const integrationKinds: Record<string, IntegrationRow> = {};
