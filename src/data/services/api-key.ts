/** The key of an API. It goes into one header and nowhere else: whatever is told to people passes `hide` first. */
import { fail } from "../../base/errors.ts";

export interface ApiKey {
  readonly headers: Readonly<Record<string, string>>;
  /** The text without the key. */
  readonly hide: (text: string) => string;
}

const noKey: ApiKey = { headers: {}, hide: (text) => text };

/** @throws E_DATA_ENDPOINT when the key cannot be sent */
export function apiKeyOf(given: string | undefined): ApiKey {
  const key = given?.trim() ?? "";
  if (key === "") return noKey;
  if (!/^[\x21-\x7e]+$/.test(key)) {
    fail("E_DATA_ENDPOINT", {
      where: "OPENAI_API_KEY",
      what: "the key holds blanks or characters that no header can.",
      fix: "Set it to the key alone.",
    });
  }
  return { headers: { authorization: `Bearer ${key}` }, hide: (text) => text.replaceAll(key, "***") };
}
