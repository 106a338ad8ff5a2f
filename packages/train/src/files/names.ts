/** The folder of the weights that scored best, next to the checkpoints. */
export const bestName = "best"
