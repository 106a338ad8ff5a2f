/** The eps of the last norm in Hugging Face's video models, which their code hard-codes. */
export const theirLastEps = 1e-5
