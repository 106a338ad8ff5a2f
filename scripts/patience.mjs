/** Milliseconds after which a test counts as hung; long enough for a busy machine. */
export const patience = 600_000
