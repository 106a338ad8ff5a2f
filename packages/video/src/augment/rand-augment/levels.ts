/** An op's argument for a level from 0 to 10; `sign`, 1 or -1, gives symmetric ops a direction. */
export type Argument = (level: number, sign: number) => number

const none: Argument = () => 0
const whole =
  (most: number): Argument =>
  (level) =>
    Math.trunc((level / 10) * most)
const symmetric =
  (most: number): Argument =>
  (level, sign) =>
    sign * ((level / 10) * most)

const enhance: Argument = (level) => (level / 10) * 1.8 + 0.1
const enhanceIncreasing: Argument = (level, sign) => 1 + sign * ((level / 10) * 0.9)
const posterize = whole(4)
const solarize = whole(256)

/** The ops of RandAugment as timm defines them. */
export const plainArguments = {
  AutoContrast: none,
  Equalize: none,
  Invert: none,
  Rotate: symmetric(30),
  Posterize: posterize,
  Solarize: solarize,
  SolarizeAdd: whole(110),
  Color: enhance,
  Contrast: enhance,
  Brightness: enhance,
  Sharpness: enhance,
  ShearX: symmetric(0.3),
  ShearY: symmetric(0.3),
  TranslateXRel: symmetric(0.45),
  TranslateYRel: symmetric(0.45),
} satisfies Record<string, Argument>

export type OpName = keyof typeof plainArguments

/** The same ops, each stronger with a higher level: `inc1`. */
export const increasingArguments: Record<OpName, Argument> = {
  ...plainArguments,
  Posterize: (level, sign) => 4 - posterize(level, sign),
  Solarize: (level, sign) => 256 - solarize(level, sign),
  Color: enhanceIncreasing,
  Contrast: enhanceIncreasing,
  Brightness: enhanceIncreasing,
  Sharpness: enhanceIncreasing,
}
