/**
 * YAML text to {@link Node}s that remember where they stand (01 §1.13; 00, Packages): `js-yaml`'s
 * event list is walked once. Tags are kept, not run; scalars keep their source text.
 */
import { getScalarValue, parseEvents } from "js-yaml";
import { AuthError } from "../core/types.ts";
import { isNull, locate } from "./node.ts";
import type { ListNode, MapNode, Node, ScalarNode, Source } from "./node.ts";

/** Nodes that aliases may stand for in one document (01 §1.13). */
const MAX_ALIASED_NODES = 1_000_000;

/** Key of a map under which an unresolved `<<: !include …` waits for the merge (01 §1.11). */
export const MERGE_KEY = "<<";

/** What one document came to. */
export interface Composed {
  /** undefined for an empty document. */
  root: Node | undefined;
  /** True when a tag of ours or a foreign one stands anywhere. */
  tagged: boolean;
}

/** A source from text as read: a byte order mark is dropped, so that columns count from 1. */
export function sourceOf(name: string, text: string, more: Partial<Source> = {}): Source {
  return { ...more, name, text: text.charCodeAt(0) === 0xfeff ? text.slice(1) : text };
}

/** An error at a place in a file: `<file>:<line>:<column>: <reason>`, exit 2 (01, exit codes). */
export function problemAt(
  at: { source: Source; offset: number },
  problem: { code: string; reason: string; prefix?: string; hints?: string[]; exit?: number },
  cause?: unknown,
): AuthError {
  const { file, line, column } = locate(at.source, at.offset);
  return new AuthError({
    code: problem.code,
    message: `${problem.prefix ?? "failed to parse configuration"}: ${file}:${line}:${column}: ` +
      problem.reason,
    hints: problem.hints,
    context: { file, line: String(line), column: String(column) },
    cause,
    exit: problem.exit ?? 2,
  });
}

/**
 * Parses one document. Throws AuthError `config_syntax` with file, line and column on a syntax
 * error, a duplicate key, a second document, too many aliased nodes, or (with `map`) a root that is
 * neither a map nor empty.
 */
export function compose(source: Source, root: "map" | "any" = "map"): Composed {
  const composer = new Composer(source);
  const found = composer.run();
  if (found && root === "map" && found.t !== "map") {
    if (isNull(found)) return { root: undefined, tagged: composer.tagged };
    const isInclude = found.t === "scalar" && found.tag?.startsWith("!include");
    if (!isInclude) fail(source, found.offset, "the top level of a configuration must be a map");
  }
  return { root: found, tagged: composer.tagged };
}

type Event = ReturnType<typeof parseEvents>[number];
type Directives = Extract<Event, { type: 1 }>["directives"];

/** `EVENT_ID` of js-yaml; numbers, so that the switch is a jump. */
const DOCUMENT = 1, SEQUENCE = 2, MAPPING = 3, SCALAR = 4, ALIAS = 5, POP = 6;
const PLAIN = 1, SINGLE_QUOTED = 2, DOUBLE_QUOTED = 3;

interface Frame {
  node: ListNode | MapNode | undefined;
  /** Nodes in it so far, aliased ones counted each time. */
  size: number;
  key: string | undefined;
  keyOffset: number;
  /** A plain `<<` is waiting for its value. */
  merging: boolean;
  merges: Node[] | undefined;
  anchor: string | undefined;
}

interface Anchor {
  node: Node | undefined;
  size: number;
}

class Composer {
  tagged = false;
  #source: Source;
  #text: string;
  #stack: Frame[] = [];
  #anchors: Map<string, Anchor> | undefined;
  #aliased = 0;
  #directives: Directives = [];
  /** End of what was read last: the place of an empty value. */
  #last = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#text = source.text;
  }

  run(): Node | undefined {
    const events = this.#events();
    let documents = 0;
    let root: Node | undefined;
    for (const event of events) {
      switch (event.type) {
        case DOCUMENT:
          if (++documents > 1) {
            const at = this.#text.indexOf("---", this.#last);
            fail(this.#source, at < 0 ? this.#last : at, "more than one document in a file");
          }
          this.#directives = event.directives;
          this.#open(undefined, undefined);
          break;
        case SCALAR:
          this.#scalar(event);
          break;
        case MAPPING:
        case SEQUENCE:
          this.#collection(event);
          break;
        case ALIAS:
          this.#alias(this.#text.slice(event.anchorStart, event.anchorEnd), event.anchorStart - 1);
          this.#last = event.anchorEnd;
          break;
        case POP: {
          const frame = this.#stack.pop()!;
          if (this.#stack.length === 0) root = frame.merges?.[0];
          else this.#close(frame);
        }
      }
    }
    return root;
  }

  #events(): Event[] {
    try {
      return parseEvents(this.#text, {});
    } catch (error) {
      const mark = (error as { mark?: { position: number } }).mark;
      const reason = (error as { reason?: string }).reason;
      if (mark === undefined || reason === undefined) throw error;
      throw problemAt(
        { source: this.#source, offset: Math.min(mark.position, this.#text.length) },
        { code: "config_syntax", reason },
      );
    }
  }

  #open(node: ListNode | MapNode | undefined, anchor: string | undefined): void {
    this.#stack.push({
      node,
      size: 1,
      key: undefined,
      keyOffset: 0,
      merging: false,
      merges: undefined,
      anchor,
    });
    if (anchor !== undefined) this.#remember(anchor, { node: undefined, size: 0 });
  }

  #remember(name: string, anchor: Anchor): void {
    (this.#anchors ??= new Map()).set(name, anchor);
  }

  #collection(event: Extract<Event, { type: 2 | 3 }>): void {
    const start = event.tagStart >= 0 ? event.tagStart : event.start;
    const kind = event.type === MAPPING ? "map" : "seq";
    const tag = event.tagStart < 0 ? undefined : this.#tag(event.tagStart, event.tagEnd, kind);
    const node: ListNode | MapNode = event.type === MAPPING
      ? { t: "map", entries: new Map(), source: this.#source, offset: start }
      : { t: "list", items: [], source: this.#source, offset: start };
    if (tag !== undefined) node.tag = tag;
    this.#last = event.start;
    const anchor = event.anchorStart < 0
      ? undefined
      : this.#text.slice(event.anchorStart, event.anchorEnd);
    this.#open(node, anchor);
  }

  #close(frame: Frame): void {
    const node = frame.node!;
    if (node.t === "map" && frame.merges) this.#merge(node, frame.merges);
    if (frame.anchor !== undefined) this.#remember(frame.anchor, { node, size: frame.size });
    this.#add(node, frame.size);
  }

  #scalar(event: Extract<Event, { type: 4 }>): void {
    let offset = event.valueStart;
    if (offset < 0) offset = this.#last;
    else if (event.style === SINGLE_QUOTED || event.style === DOUBLE_QUOTED) offset--;
    let plain = event.style === PLAIN;
    let tag: string | undefined;
    if (event.tagStart >= 0) {
      offset = event.tagStart;
      tag = this.#tag(event.tagStart, event.tagEnd, "scalar");
      if (tag === "!!str" || tag === "!") plain = false, tag = undefined;
      else if (tag === "!!plain") plain = true, tag = undefined;
    }
    if (event.valueEnd >= 0) this.#last = event.valueEnd;
    else if (event.tagEnd >= 0) this.#last = event.tagEnd;
    const node: ScalarNode = {
      t: "scalar",
      text: getScalarValue(this.#text, event),
      plain,
      tag,
      source: this.#source,
      offset,
    };
    if (event.anchorStart >= 0) {
      this.#remember(this.#text.slice(event.anchorStart, event.anchorEnd), { node, size: 1 });
    }
    this.#add(node, 1);
  }

  #alias(name: string, offset: number): void {
    const anchor = this.#anchors?.get(name);
    if (!anchor) fail(this.#source, offset, `unknown alias "${name}"`);
    if (!anchor.node) fail(this.#source, offset, `alias "${name}" stands inside its own anchor`);
    this.#aliased += anchor.size;
    if (this.#aliased > MAX_ALIASED_NODES) {
      fail(this.#source, offset, `aliases stand for more than ${MAX_ALIASED_NODES} nodes`);
    }
    this.#add(anchor.node, anchor.size, offset);
  }

  /** Puts a finished node into the collection that is open. `at`: where it stands, for aliases. */
  #add(node: Node, size: number, at = node.offset): void {
    const frame = this.#stack.at(-1)!;
    frame.size += size;
    const parent = frame.node;
    if (parent === undefined) {
      frame.merges = [node];
    } else if (parent.t === "list") {
      parent.items.push(node);
    } else if (frame.merging) {
      frame.merging = false;
      (frame.merges ??= []).push(node);
    } else if (frame.key === undefined) {
      this.#key(frame, parent, node, at);
    } else {
      parent.entries.set(frame.key, { node, source: this.#source, keyOffset: frame.keyOffset });
      frame.key = undefined;
    }
  }

  #key(frame: Frame, parent: MapNode, node: Node, at: number): void {
    if (node.t !== "scalar") fail(this.#source, at, "a map key must be a scalar");
    if (node.tag !== undefined && node.tag !== "!!merge") {
      fail(this.#source, at, `a tag (${node.tag}) is not possible on a map key`);
    }
    frame.keyOffset = at;
    if (node.text === MERGE_KEY && node.plain) {
      if (frame.merges) fail(this.#source, at, `duplicate key "<<"`);
      frame.merging = true;
      return;
    }
    const first = parent.entries.get(node.text);
    if (first) {
      const { line } = locate(this.#source, first.keyOffset);
      fail(this.#source, at, `duplicate key "${node.text}" (first at line ${line})`);
    }
    frame.key = node.text;
  }

  /** `<<`: keys of the map itself win, then earlier sources (YAML merge keys). */
  #merge(into: MapNode, [value]: Node[]): void {
    const sources = value!.t === "list" && value!.tag === undefined ? value!.items : [value!];
    if (sources.some((s) => s.t === "scalar" && s.tag !== undefined)) {
      const { source, offset } = value!;
      into.entries.set(MERGE_KEY, { node: value!, source, keyOffset: offset });
      return;
    }
    for (const from of sources) {
      if (isNull(from)) continue;
      if (from.t !== "map") {
        fail(this.#source, from.offset, "the value of a merge key << must be a map");
      }
      for (const [key, entry] of from.entries) {
        if (!into.entries.has(key)) into.entries.set(key, entry);
      }
    }
  }

  /**
   * The tag in short form: `!name` ours, `!!plain` for the core scalars other than text, `!!str`,
   * undefined for the standard collections. Anything else is kept as written, to be refused where
   * it matters.
   */
  #tag(start: number, end: number, kind: "scalar" | "map" | "seq"): string | undefined {
    const raw = this.#expand(this.#text.slice(start, end));
    const standard = /^!!(str|null|bool|int|float|timestamp|binary|map|omap|set|seq|pairs|merge)$/
      .exec(raw)?.[1];
    if (standard === undefined) {
      if (raw !== "!") this.tagged = true;
      return raw === "!" && kind !== "scalar" ? undefined : raw;
    }
    const fits = kind === "scalar"
      ? !/^(map|omap|set|seq|pairs)$/.test(standard)
      : kind === "map"
      ? /^(map|omap|set)$/.test(standard)
      : /^(seq|omap|pairs)$/.test(standard);
    if (!fits) fail(this.#source, start, `tag !!${standard} does not fit a ${nameOf(kind)}`);
    if (kind !== "scalar") return undefined;
    if (standard === "merge") return "!!merge";
    return /^(null|bool|int|float)$/.test(standard) ? "!!plain" : "!!str";
  }

  /** Handles of `%TAG`, verbatim tags and `!!`: to the short form. */
  #expand(raw: string): string {
    const CORE = "tag:yaml.org,2002:";
    let full = raw;
    if (raw.startsWith("!<")) full = raw.slice(2, -1);
    else {
      for (const directive of this.#directives) {
        if (directive.kind !== "tag" || !raw.startsWith(directive.handle)) continue;
        if (directive.handle === "!" && raw.startsWith("!!")) continue;
        full = directive.prefix + raw.slice(directive.handle.length);
      }
    }
    if (full.startsWith(CORE)) return `!!${full.slice(CORE.length)}`;
    return full;
  }
}

function nameOf(kind: "scalar" | "map" | "seq"): string {
  return kind === "seq" ? "list" : kind;
}

function fail(source: Source, offset: number, reason: string): never {
  throw problemAt({ source, offset }, { code: "config_syntax", reason });
}
