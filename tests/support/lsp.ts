/** A client for a language server on stdio (LSP 3.17 base protocol), as small as the tests need it. */
export interface LanguageServer extends AsyncDisposable {
  request(method: string, params: unknown): Promise<unknown>;
  notify(method: string, params: unknown): Promise<void>;
  /** Resolves with the diagnostics of the next report for this document that `wanted` takes. */
  diagnostics(uri: string, wanted?: (found: Diagnostic[]) => boolean): Promise<Diagnostic[]>;
}

export interface Diagnostic {
  message: string;
  range: { start: { line: number; character: number } };
  severity: number;
}

interface Message {
  id?: number | string;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

/** Starts the server and initialises it. `settings` answers its questions for configuration. */
export async function startLanguageServer(
  command: string,
  args: string[],
  settings: Record<string, unknown>,
  options: { cwd: string; env?: Record<string, string> },
): Promise<LanguageServer> {
  const child = new Deno.Command(command, {
    args,
    ...options,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const watchers = new Set<(uri: string, found: Diagnostic[]) => void>();
  let last = 0;

  const send = async (message: Message): Promise<void> => {
    const body = new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const head = new TextEncoder().encode(`Content-Length: ${body.length}\r\n\r\n`);
    // in one piece: an answer to the server may be on its way at the same time
    const whole = new Uint8Array(head.length + body.length);
    whole.set(head);
    whole.set(body, head.length);
    await writer.write(whole);
  };
  const answer = (message: Message): unknown => {
    if (message.method !== "workspace/configuration") return null;
    const { items } = message.params as { items: { section?: string }[] };
    return items.map(({ section }) => settings[section ?? ""] ?? null);
  };
  const receive = (message: Message): void => {
    if (message.method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = message.params as { uri: string; diagnostics: Diagnostic[] };
      for (const watch of watchers) watch(uri, diagnostics);
    } else if (message.method !== undefined && message.id !== undefined) {
      void send({ id: message.id, result: answer(message) });
    } else if (message.id !== undefined) {
      const call = waiting.get(message.id as number);
      waiting.delete(message.id as number);
      if (message.error) call?.reject(new Error(message.error.message));
      else call?.resolve(message.result);
    }
  };
  const reading = readMessages(child.stdout, receive);

  const server: LanguageServer = {
    async request(method, params) {
      const id = ++last;
      const call = Promise.withResolvers<unknown>();
      waiting.set(id, call);
      await send({ id, method, params });
      return await within(call.promise, method);
    },
    notify: (method, params) => send({ method, params }),
    diagnostics(uri, wanted = () => true) {
      const found = Promise.withResolvers<Diagnostic[]>();
      const watch = (of: string, list: Diagnostic[]) => {
        if (of !== uri || !wanted(list)) return;
        watchers.delete(watch);
        found.resolve(list);
      };
      watchers.add(watch);
      return within(found.promise, `diagnostics of ${uri}`);
    },
    async [Symbol.asyncDispose]() {
      await writer.close().catch(() => {});
      child.kill("SIGKILL");
      await child.status;
      await reading;
    },
  };
  await server.request("initialize", {
    processId: Deno.pid,
    rootUri: null,
    workspaceFolders: null,
    capabilities: { workspace: { configuration: true } },
  });
  await server.notify("initialized", {});
  await server.notify("workspace/didChangeConfiguration", { settings });
  return server;
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in 30 s: ${what}`)), 30_000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function readMessages(
  stream: ReadableStream<Uint8Array>,
  receive: (message: Message) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let bytes = new Uint8Array();
  for await (const chunk of stream) {
    const joined = new Uint8Array(bytes.length + chunk.length);
    joined.set(bytes);
    joined.set(chunk, bytes.length);
    bytes = joined;
    while (true) {
      const head = decoder.decode(bytes).match(
        /^(?:[^\r\n]+\r\n)*?Content-Length: (\d+)\r\n(?:[^\r\n]+\r\n)*\r\n/,
      );
      if (!head) break;
      const start = new TextEncoder().encode(head[0]).length, end = start + Number(head[1]);
      if (bytes.length < end) break;
      receive(JSON.parse(decoder.decode(bytes.slice(start, end))));
      bytes = bytes.slice(end);
    }
  }
}
