/** The last norm's eps in Hugging Face's video models, where their code reads no config. */
export const theirLastEps = 1e-5
