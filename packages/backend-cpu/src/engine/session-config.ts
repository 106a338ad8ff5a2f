// How sessions differ from ONNX Runtime's defaults:
// - No graph optimisation: core's passes have run, and another CSE would merge what is recomputed
//   on purpose to save memory.
// - No memory pattern: its plan of all buffers needs another block besides the arena, 380 MB for
//   videomaev2-s.
// - No log: failures are thrown, with the op and the user's line, so logging would repeat them.

/** Entries of a session's configuration. */
export const configEntries = {
  // Waiting threads spin for 16 ms by default. On a shared machine that takes the core from the
  // thread they wait for: a step next to another program took 1950 ms, and 1350 ms without
  // spinning. Twenty microseconds bridge the gap between kernels. While no session runs, none may
  // spin: with four alive, matrix products ran at a third of their speed.
  "session.force_spinning_stop": "1",
  "session.intra_op.spin_duration_us": "20",
} as const
