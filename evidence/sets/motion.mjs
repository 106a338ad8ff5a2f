// How a digit moves. In every class a single frame has the same distribution: places are uniform on
// a disc, angles and sizes uniform in a range. So only the motion tells the class.

export const frames = 8
export const side = 32

const turn = 2 * Math.PI
/** Places are at most this far from the frame's centre, in pixels. */
const reach = 7
const angles = { least: -turn / 8, most: turn / 8 }
const scales = { least: 0.6, most: 0.9 }

const between = (random, low, high) => low + (high - low) * random.uniform()

/** A position in [0, 1) that starts again at 0 after 1. */
const cyclic = (position) => position - Math.floor(position)
/** A position in [0, 1] that turns back at both ends. */
const bouncing = (position) => 1 - Math.abs(1 - 2 * cyclic(position / 2))

/** Moves a place along the chord of the disc through it; `course` keeps it uniform on the chord. */
function along(axis, course) {
  const other = axis === "x" ? "y" : "x"
  return (pose, moved) => {
    const half = Math.sqrt(Math.max(reach ** 2 - pose[other] ** 2, 1e-6))
    const share = (pose[axis] + half) / (2 * half)
    return { [axis]: half * (2 * course(share + moved / (2 * half)) - 1) }
  }
}

const line = (axis, way) => ({ speed: way, least: 1.2, most: 2, move: along(axis, cyclic) })
const sway = (axis) => ({ speed: 1, least: 2.2, most: 3.2, move: along(axis, bouncing) })

const orbit = (way) => ({
  ...{ speed: way, least: 0.6 / frames, most: 0.9 / frames },
  move: ({ x, y }, moved) => {
    const [cos, sin] = [Math.cos(turn * moved), Math.sin(turn * moved)]
    return { x: cos * x - sin * y, y: sin * x + cos * y }
  },
})

const spin = (way) => ({
  ...{ speed: way, least: 0.6 / frames, most: 0.9 / frames },
  move: ({ angle }, moved) => ({ angle: cyclic(angle + moved) }),
})

const zoom = (way) => ({
  ...{ speed: way, least: 0.6 / frames, most: 0.9 / frames },
  move: ({ size }, moved) => ({ size: cyclic(size + moved) }),
})

/** The classes, in the order of their labels. Rows grow downwards. */
export const motions = {
  right: line("x", 1),
  left: line("x", -1),
  up: line("y", -1),
  down: line("y", 1),
  "orbit clockwise": orbit(1),
  "orbit counterclockwise": orbit(-1),
  "spin clockwise": spin(1),
  "spin counterclockwise": spin(-1),
  grow: zoom(1),
  shrink: zoom(-1),
  "sway horizontally": sway("x"),
  "sway vertically": sway("y"),
}

/** The digit's pose in each frame: offset from the centre in pixels, scale and angle. */
export function posesOf(name, random) {
  const [radius, direction] = [reach * Math.sqrt(random.uniform()), turn * random.uniform()]
  const first = {
    x: radius * Math.cos(direction),
    y: radius * Math.sin(direction),
    angle: random.uniform(),
    size: random.uniform(),
  }
  const { speed, least, most, move } = motions[name]
  const step = speed * between(random, least, most)
  return Array.from({ length: frames }, (_, t) => {
    const { x, y, angle, size } = { ...first, ...move(first, step * t) }
    return {
      ...{ x, y },
      angle: angles.least + (angles.most - angles.least) * angle,
      scale: scales.least + (scales.most - scales.least) * size,
    }
  })
}
