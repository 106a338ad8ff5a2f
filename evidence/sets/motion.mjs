// How a digit moves: about the frame's centre, in one of twelve ways.

export const frames = 8
export const side = 32

const turn = 2 * Math.PI
const between = (random, low, high) => low + (high - low) * random.uniform()
/** From -1 in the first frame to 1 in the last. */
const course = (t) => (2 * t) / (frames - 1) - 1

const line = (dx, dy) => (random) => {
  const reach = between(random, 5, 8)
  return (t) => ({ x: dx * reach * course(t), y: dy * reach * course(t) })
}

const orbit = (way) => (random) => {
  const [radius, start] = [between(random, 5, 8), turn * random.uniform()]
  const step = (way * turn * between(random, 0.6, 0.9)) / frames
  return (t) => ({ x: radius * Math.cos(start + step * t), y: radius * Math.sin(start + step * t) })
}

const spin = (way) => (random) => {
  const start = turn * random.uniform()
  const step = (way * turn * between(random, 0.5, 0.9)) / frames
  return (t) => ({ angle: start + step * t })
}

const zoom = (way) => (random) => {
  const reach = between(random, 0.25, 0.4)
  return (t) => ({ scale: Math.exp(way * reach * course(t)) })
}

const sway = (dx, dy) => (random) => {
  const [reach, start] = [between(random, 5, 8), turn * random.uniform()]
  const step = (turn * between(random, 1.2, 1.6)) / frames
  return (t) => {
    const way = reach * Math.sin(start + step * t)
    return { x: dx * way, y: dy * way }
  }
}

/** The classes, in the order of their labels. Rows grow downwards. */
export const motions = {
  right: line(1, 0),
  left: line(-1, 0),
  up: line(0, -1),
  down: line(0, 1),
  "orbit clockwise": orbit(1),
  "orbit counterclockwise": orbit(-1),
  "spin clockwise": spin(1),
  "spin counterclockwise": spin(-1),
  grow: zoom(1),
  shrink: zoom(-1),
  "sway horizontally": sway(1, 0),
  "sway vertically": sway(0, 1),
}

/** The digit's pose in each frame: offset from the centre in pixels, scale and angle. */
export function posesOf(name, random) {
  const base = {
    x: between(random, -4, 4),
    y: between(random, -4, 4),
    scale: 0.65 * Math.exp(between(random, -0.25, 0.25)),
    angle: between(random, -0.25, 0.25),
  }
  const motion = motions[name](random)
  return Array.from({ length: frames }, (_, t) => {
    const { x = 0, y = 0, scale = 1, angle = 0 } = motion(t)
    return {
      x: base.x + x,
      y: base.y + y,
      scale: base.scale * scale,
      angle: base.angle + angle,
    }
  })
}
