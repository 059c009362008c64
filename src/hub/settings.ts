/**
 * Where the Hugging Face hub is and where its files are kept, by the environment variables that Python's
 * huggingface_hub reads, so that both share one cache and one token.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { readTextIfThere } from "../formats/read-file.ts";

export interface HubSettings {
  /** Folder of all repositories: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub. */
  readonly cacheDir: string;
  /** HF_ENDPOINT, without a slash at its end. */
  readonly endpoint: string;
  /** HF_TOKEN, else what `hf auth login` has saved. */
  readonly token: string | undefined;
  /** HF_HUB_OFFLINE: nothing is asked for; what is in the cache is taken. */
  readonly offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export async function hubSettings(environment: Environment = process.env): Promise<HubSettings> {
  const set = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]?.trim()).find((value) => value !== undefined && value !== "");
  const home = set("HF_HOME") ?? join(set("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "huggingface");
  const saved = await readTextIfThere(set("HF_TOKEN_PATH") ?? join(home, "token"), {
    code: "E_HUB_ACCESS",
    limit: 65_536,
  });
  const token = set("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") ?? saved?.trim() ?? "";
  return {
    cacheDir: set("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? join(home, "hub"),
    endpoint: (set("HF_ENDPOINT") ?? "https://huggingface.co").replace(/\/+$/, ""),
    token: token === "" ? undefined : token,
    offline: /^(1|on|yes|true)$/i.test(set("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") ?? ""),
  };
}
