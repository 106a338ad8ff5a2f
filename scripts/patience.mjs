/** Milliseconds after which a test counts as hung: a busy machine must not fail it. */
export const patience = 600_000
