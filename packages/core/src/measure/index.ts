export * from "./costs.js"
export * from "./profile-rows.js"
export * from "./tune.js"
export * from "./work.js"
