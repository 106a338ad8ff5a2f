import { fileSystem, operatingSystem, paths } from "@tubelet/core/files"

/** Settings from Hugging Face's environment variables. */
export interface HubSettings {
  readonly endpoint: string
  /** The cache folder, shared with huggingface_hub. */
  readonly cache: string
  readonly token: string | undefined
  readonly offline: boolean
  /** Environment with HTTPS_PROXY and the like. */
  readonly env: Environment
  /** Milliseconds until a request without a response, or a download without new bytes, fails. */
  readonly timeout: { readonly response: number; readonly bytes: number }
}

export type Environment = Readonly<Record<string, string | undefined>>

const isTrue = (value: string | undefined) => /^(1|on|yes|true)$/i.test(value ?? "")
const seconds = (value: string | undefined) => 1000 * (Number(value) || 10)

export async function hubSettings(env: Environment): Promise<HubSettings> {
  const { join } = await paths()
  const home = (await operatingSystem()).homedir()
  const full = (path: string) => path.replace(/^~(?=$|[/\\])/, home)
  const general = env.XDG_CACHE_HOME ?? join(home, ".cache")
  const huggingFace = full(env.HF_HOME ?? join(general, "huggingface"))
  const tokenFile = full(env.HF_TOKEN_PATH ?? join(huggingFace, "token"))
  return {
    endpoint: (env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, ""),
    cache: full(env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? join(huggingFace, "hub")),
    token: isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN) ? undefined : await token(env, tokenFile),
    offline: isTrue(env.HF_HUB_OFFLINE) || isTrue(env.TRANSFORMERS_OFFLINE),
    env,
    timeout: {
      response: seconds(env.HF_HUB_ETAG_TIMEOUT),
      bytes: seconds(env.HF_HUB_DOWNLOAD_TIMEOUT),
    },
  }
}

async function token(env: Environment, file: string): Promise<string | undefined> {
  const given = env.HF_TOKEN ?? env.HUGGING_FACE_HUB_TOKEN
  const stored = given ?? (await (await fileSystem()).readFile(file, "utf8").catch(() => ""))
  return stored.trim() || undefined
}
