/**
 * Content given as a list of parts (OpenAI's text and image_url, and the like for video and audio; Anthropic's
 * image with a source): texts are joined, everything else leaves a tag in the text and goes to a list of its kind.
 */
import { isObject, show, type Media, type MediaKind, type RawObject, type RowProblem } from "./shape.ts";

export interface ContentText {
  readonly text: unknown;
  readonly media: readonly Media[];
}

const kinds: ReadonlyMap<unknown, MediaKind> = new Map([
  ["image", "images"],
  ["image_url", "images"],
  ["video", "videos"],
  ["video_url", "videos"],
  ["audio", "audios"],
  ["audio_url", "audios"],
]);

/** Whether a list is one of parts and not a value of its own, as a tool may return one. */
export function isParts(content: unknown): content is readonly RawObject[] {
  return (
    Array.isArray(content) &&
    content.length > 0 &&
    content.every((part) => isObject(part) && (part["type"] === "text" || kinds.has(part["type"])))
  );
}

/** Content that is no list is returned as it is. */
export function readContent(content: unknown, at: string): ContentText | RowProblem {
  if (!Array.isArray(content)) return { text: content, media: [] };
  let text = "";
  const media: Media[] = [];
  for (const [i, part] of (content as readonly unknown[]).entries()) {
    const read = readPart(part, `${at}[${i}]`);
    if (!("text" in read)) return read;
    text += read.text;
    media.push(...read.media);
  }
  return { text, media };
}

function readPart(part: unknown, at: string): (ContentText & { readonly text: string }) | RowProblem {
  const type = isObject(part) ? part["type"] : undefined;
  const wrong = (what: string): RowProblem => ({
    field: at,
    reason: "content part that cannot be read",
    what,
    fix: 'Write the content as one text, or its parts as {"type": "text", "text": ...}.',
  });
  if (!isObject(part) || typeof type !== "string") return wrong(`the part is ${show(part)}.`);
  if (type === "text") {
    return typeof part["text"] === "string"
      ? { text: part["text"], media: [] }
      : wrong(`the text of the part is ${show(part["text"])}.`);
  }
  const kind = kinds.get(type);
  if (kind === undefined) return wrong(`the type of the part is ${show(type)}.`);
  const source = sourceOf(part, type);
  return { text: `<${kind.slice(0, -1)}>`, media: source === undefined ? [] : [{ kind, source }] };
}

/** OpenAI: {type: "image_url", image_url: {url}}; Anthropic: {type: "image", source: {type: "base64" | "url"}}. */
function sourceOf(part: RawObject, type: string): unknown {
  const given = part[type];
  if (given !== undefined && given !== null) return isObject(given) ? given["url"] : given;
  const source = part["source"];
  if (!isObject(source)) return undefined;
  return source["type"] === "base64"
    ? `data:${String(source["media_type"])};base64,${String(source["data"])}`
    : source["url"];
}
