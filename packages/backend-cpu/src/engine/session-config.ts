// Why sessions of ONNX Runtime differ from its defaults:
// - No optimisation of graphs: core's passes have done what is common, and common subexpressions
//   must not be looked for again, for what is computed twice to save memory would be merged.
// - No memory pattern: a plan of all buffers is one more block beside the arena's, 380 MB for
//   videomaev2-s.
// - No log: what fails is thrown, with the op and the user's line; it need not be printed as well.

/** Entries of a session's configuration. */
export const configEntries = {
  // Threads that wait spin for 16 ms by default, and take the core from the thread they wait for
  // where the machine is shared: a step beside another program took 1950 ms, without spinning
  // 1350. Twenty microseconds bridge the gap from one kernel to the next. And where no session
  // runs, none may spin: with four alive, products ran at a third of their speed.
  "session.force_spinning_stop": "1",
  "session.intra_op.spin_duration_us": "20",
} as const
