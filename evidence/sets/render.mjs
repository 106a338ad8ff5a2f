/** Draws a grey sprite [n, n] with a pose into a frame [side, side], by bilinear sampling. */
export function drawSprite(frame, side, sprite, n, { x, y, scale, angle }) {
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale]
  const centre = (side - 1) / 2
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [dx, dy] = [column - centre - x, row - centre - y]
      const u = cos * dx + sin * dy + (n - 1) / 2
      const v = cos * dy - sin * dx + (n - 1) / 2
      if (u > -1 && v > -1 && u < n && v < n) {
        frame[row * side + column] = Math.round(sampled(sprite, n, u, v))
      }
    }
  }
}

/** The value at column `u` and row `v`; 0 outside. */
function sampled(sprite, n, u, v) {
  const [left, top] = [Math.floor(u), Math.floor(v)]
  const [right, down] = [u - left, v - top]
  const at = (row, column) =>
    row >= 0 && column >= 0 && row < n && column < n ? sprite[row * n + column] : 0
  const upper = at(top, left) * (1 - right) + at(top, left + 1) * right
  const lower = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right
  return upper * (1 - down) + lower * down
}
