import { describe, expect, it } from "vitest"
import { type Dataset, dataset } from "../src/index.js"
import { empty, layout, put, said } from "./layouts.js"

// Miniature copies of public data sets, with files named and written as in the originals.

const ucf101 = {
  "ucfTrainTestlist/classInd.txt": "1 ApplyEyeMakeup\r\n2 ApplyLipstick\r\n3 Archery\r\n",
  "ucfTrainTestlist/trainlist01.txt":
    "ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1\r\n" +
    "ApplyLipstick/v_ApplyLipstick_g08_c01.avi 2\r\nArchery/v_Archery_g08_c01.avi 3\r\n",
  "ucfTrainTestlist/testlist01.txt":
    "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi\r\nArchery/v_Archery_g01_c02.avi\r\n",
  "ucfTrainTestlist/trainlist02.txt": "Archery/v_Archery_g01_c02.avi 3\n",
  "ucfTrainTestlist/testlist02.txt": "ApplyLipstick/v_ApplyLipstick_g08_c01.avi\n",
  ...empty(
    "UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi",
    "UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi",
    "UCF-101/ApplyLipstick/v_ApplyLipstick_g08_c01.mp4",
    "UCF-101/Archery/v_Archery_g08_c01.avi",
  ),
}

it("UCF101: labels from 1, and from the folder in test lists", async () => {
  const root = layout(ucf101)
  const found = await dataset(root)
  expect(found.kind).toBe("ucf101")
  expect(found.classes).toEqual(["ApplyEyeMakeup", "ApplyLipstick", "Archery"])
  expect(found.items.map(({ label }) => label)).toEqual([0, 2, 0, 1, 2])
  expect(said(found, root)).toEqual([
    "test ApplyEyeMakeup UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi",
    "test Archery Archery/v_Archery_g01_c02.avi !",
    "train ApplyEyeMakeup UCF-101/ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi",
    "train ApplyLipstick UCF-101/ApplyLipstick/v_ApplyLipstick_g08_c01.mp4",
    "train Archery UCF-101/Archery/v_Archery_g08_c01.avi",
  ])
  const second = await dataset(root, { split: "2" })
  expect(said(second, root)[1]).toBe("train Archery Archery/v_Archery_g01_c02.avi !")
  const lists = await dataset(`${root}/ucfTrainTestlist/trainlist01.txt`, {
    root: `${root}/UCF-101`,
  })
  expect(lists.items.map(({ label, missing }) => [label, missing])).toEqual([
    [0, undefined],
    [1, undefined],
    [2, undefined],
  ])
  expect((await dataset(root, { split: "test" })).splits).toEqual(["test"])
})

const brush = "April_09_brush_hair_u_nm_np1_ba_goo_0.avi"
const cartwheel = "(Rad)Schlag_die_Bank!_cartwheel_f_cm_np1_le_med_0.avi"

it("HMDB51: the number is the split, and 0 is in none", async () => {
  const root = layout({
    "testTrainMulti_7030_splits/brush_hair_test_split1.txt": `${brush} 1 \nother.avi 0 \n`,
    "testTrainMulti_7030_splits/cartwheel_test_split1.txt": `${cartwheel} 2 \n`,
    "testTrainMulti_7030_splits/brush_hair_test_split2.txt": `${brush} 2 \nother.avi 1 \n`,
    "testTrainMulti_7030_splits/cartwheel_test_split2.txt": `${cartwheel} 1 \n`,
    ...empty(`hmdb51_org/brush_hair/${brush}`, `hmdb51_org/cartwheel/${cartwheel}`),
  })
  const found = await dataset(root)
  expect(found.kind).toBe("hmdb51")
  expect(said(found, root)).toEqual([
    `train brush_hair hmdb51_org/brush_hair/${brush}`,
    `test cartwheel hmdb51_org/cartwheel/${cartwheel}`,
  ])
  expect(said(await dataset(root, { split: "2" }), root)).toEqual([
    `test brush_hair hmdb51_org/brush_hair/${brush}`,
    "train brush_hair brush_hair/other.avi !",
    `train cartwheel hmdb51_org/cartwheel/${cartwheel}`,
  ])
})

it("Kinetics: clips by id and time, missing ones counted", async () => {
  const header = "label,youtube_id,time_start,time_end,split"
  const root = layout({
    "annotations/train.csv":
      `${header}\nplaying harmonica,--_S9IDQPLg,63,73,train\n` +
      '"shooting goal (soccer)",0-1JxDT0z7Q,4,14,train\napplauding,gone0000000,0,10,train\n',
    "annotations/validate.csv": [
      `\ufeff${header},is_cc`,
      "applauding,---QUuC4vJs,84,94,validate,0\r\n",
    ].join("\r\n"),
    "annotations/test.csv": "youtube_id,time_start,time_end,split\n--7SEmfHcbM,2,12,test\n",
    ...empty(
      "train/playing_harmonica/--_S9IDQPLg_000063_000073.mp4",
      "train/shooting_goal_soccer/0-1JxDT0z7Q_000004_000014.mkv",
      "val/---QUuC4vJs_000084_000094.MP4",
    ),
  })
  const found = await dataset(root)
  expect(found.kind).toBe("kinetics")
  expect(found.classes).toEqual(["applauding", "playing harmonica", "shooting goal (soccer)"])
  expect(found.splits).toEqual(["train", "val", "test"])
  expect(said(found, root).sort()).toEqual([
    "test --7SEmfHcbM_000002_000012.mp4 !",
    "train applauding gone0000000_000000_000010.mp4 !",
    "train playing harmonica train/playing_harmonica/--_S9IDQPLg_000063_000073.mp4",
    "train shooting goal (soccer) train/shooting_goal_soccer/0-1JxDT0z7Q_000004_000014.mkv",
    "val applauding val/---QUuC4vJs_000084_000094.MP4",
  ])
})

it.each(["", "something-something-v2-"])(
  "Something-Something v2: labels by template, files %s*.json",
  async (prefix) => {
    const clip = (id: string, template?: string) => ({ id, label: "in words", template })
    const root = layout({
      [`labels/${prefix}labels.json`]: JSON.stringify({
        "Approaching something with your camera": "0",
        "Putting something on a surface": "1",
        "Spinning something so it continues spinning": "2",
      }),
      [`labels/${prefix}train.json`]: JSON.stringify([
        clip("78687", "Putting [something] on a surface"),
        clip("42326", "Spinning [something] so it continues spinning"),
      ]),
      [`labels/${prefix}validation.json`]: JSON.stringify([
        clip("74225", "Approaching [something] with your camera"),
      ]),
      [`labels/${prefix}test.json`]: JSON.stringify([{ id: "1420" }]),
      ...empty(
        "20bn-something-something-v2/78687.webm",
        "20bn-something-something-v2/74225.webm",
        "20bn-something-something-v2/1420.webm",
      ),
    })
    const found = await dataset(root)
    expect(found.kind).toBe("something-something")
    expect(found.classes).toHaveLength(3)
    expect(said(found, root).sort()).toEqual([
      "test 20bn-something-something-v2/1420.webm",
      "train Putting something on a surface 20bn-something-something-v2/78687.webm",
      "train Spinning something so it continues spinning 42326.webm !",
      "val Approaching something with your camera 20bn-something-something-v2/74225.webm",
    ])
    const answers = "1420;Spinning something so it continues spinning\n"
    put(root, `labels/${prefix}test-answers.csv`, answers)
    const test = (await dataset(root, { split: "test" })).items
    expect(test.map(({ label }) => label)).toEqual([2])
  },
)

it("ImageNet: sorted WordNet ids with names, val in folders or by Kaggle's solution", async () => {
  const root = layout(
    empty(
      "train/n01443537/n01443537_10007.JPEG",
      "train/n01440764/n01440764_10026.JPEG",
      "train/n03126707/n03126707_1.JPEG",
      "val/n01443537/ILSVRC2012_val_00000236.JPEG",
      "test/ILSVRC2012_test_00000001.JPEG",
    ),
  )
  const found = await dataset(root)
  expect(found.kind).toBe("imagenet")
  expect(found.classes).toEqual(["tench", "goldfish", "crane (n03126707)"])
  expect(found.items.map(({ split, label }) => [split, label])).toEqual([
    ["test", undefined],
    ["train", 0],
    ["train", 1],
    ["train", 2],
    ["val", 1],
  ])
  const kaggle = layout({
    "LOC_synset_mapping.txt": "n01440764 tench, Tinca tinca\nn01443537 goldfish\n",
    "LOC_val_solution.csv":
      "ImageId,PredictionString\nILSVRC2012_val_00048981,n01443537 85 1 499 272 \n",
    ...empty(
      "ILSVRC/Data/CLS-LOC/train/n01440764/n01440764_10026.JPEG",
      "ILSVRC/Data/CLS-LOC/train/n01443537/n01443537_10007.JPEG",
      "ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_00048981.JPEG",
    ),
  })
  const theirs = await dataset(kaggle)
  expect(theirs.kind).toBe("imagenet")
  expect(said(theirs, kaggle)[2]).toBe(
    "val goldfish ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_00048981.JPEG",
  )
  put(root, "val/ILSVRC2012_val_00000001.JPEG")
  await expect(dataset(root)).rejects.toThrow(
    /val_00000001\.JPEG: is not in a class folder, .+\nmove the/,
  )
})

describe("ImageNet's validation pictures in one folder", () => {
  const pictures = empty(
    "ILSVRC2012_val_00000001.JPEG",
    "ILSVRC2012_val_00000002.JPEG",
    "ILSVRC2012_val_00000003.JPEG",
  )
  const truth = "ILSVRC2012_validation_ground_truth.txt"
  const named = ({ items, classes }: Dataset) => items.map(({ label }) => classes[label!])
  const expected = ["kit fox", "tench", "kit fox"]

  it("get their classes from the devkit, or from a list of ids", async () => {
    const mapping = "n02119789 1 kit_fox\nn01440764 490 tench\nn00001740 1860\n"
    const texts = { [truth]: "1\n490\n1\n", "map_clsloc.txt": mapping }
    const devkit = layout(
      Object.fromEntries(Object.entries(texts).map(([name, text]) => [`data/${name}`, text])),
    )
    const apart = await dataset(devkit, { root: layout(pictures) })
    expect([apart.kind, apart.classes.length, apart.splits]).toEqual(["imagenet", 1000, []])
    expect(named(apart)).toEqual(expected)
    const ids = "n02119789\nn01440764\nn02119789\n"
    const list = "imagenet_2012_validation_synset_labels.txt"
    const beside = await dataset(layout({ ...pictures, [list]: ids }))
    expect([beside.kind, named(beside)]).toEqual(["imagenet", expected])
    const root = layout(empty("train/n02119789/a.JPEG", "train/n01440764/b.JPEG"))
    for (const name of Object.keys(pictures)) put(root, `val/${name}`)
    for (const [name, text] of Object.entries(texts)) {
      put(root, `ILSVRC2012_devkit_t12/data/${name}`, text)
    }
    const whole = await dataset(root, { split: "val" })
    expect([whole.classes, named(whole)]).toEqual([["tench", "kit fox"], expected])
  })

  it("are refused without the classes of the devkit's numbers", async () => {
    const refused = (files: Record<string, string>) =>
      expect(dataset(layout({ ...pictures, ...files }))).rejects
    await refused({ [truth]: "1\n490\n1\n", "meta.mat": "MATLAB" }).toThrow(
      /ground_truth\.txt: .+ are in meta\.mat, .+\nwrite them to map_clsloc\.txt/,
    )
    await refused({ [truth]: "1\n490\n1\n", "map_clsloc.txt": "n02119789 1 kit_fox" }).toThrow(
      /ground_truth\.txt: the line "490" is not a number in .+map_clsloc\.txt/,
    )
    const shorter = { [truth]: "1\n1\n", "map_clsloc.txt": "n02119789 1 kit_fox" }
    await refused(shorter).toThrow(/val_00000003\.JPEG: is not in a class folder/)
  })
})

it("class folders, with and without splits", async () => {
  const root = layout(
    empty("train/run/b c.MP4", "train/jump/deep/a.mp4", "Validation/jump/é.webm", "test/x.mp4"),
  )
  const found = await dataset(root)
  expect([found.kind, found.classes]).toEqual(["folders", ["jump", "run"]])
  expect(said(found, root)).toEqual([
    "val jump Validation/jump/é.webm",
    "test test/x.mp4",
    "train jump train/jump/deep/a.mp4",
    "train run train/run/b c.MP4",
  ])
  const flat = await dataset(layout(empty("run/a.mp4", "train/b.mp4", "jump/c.mp4")))
  expect([flat.classes, flat.splits]).toEqual([["jump", "run", "train"], []])
  const loose = await dataset(layout(empty("a.mp4", "b.mp4")))
  expect([loose.classes, loose.items.length]).toEqual([[], 2])
})

it("class folders of pictures, or of folders of frames", async () => {
  const pictures = await dataset(layout(empty("cat/1.jpg", "cat/2.jpg", "dog/1.png")))
  expect(pictures.items.map(({ label }) => label)).toEqual([0, 0, 1])
  const frames = layout(empty("train/run/a/1.jpg", "train/run/a/2.jpg", "train/jump/b/1.jpg"))
  expect(said(await dataset(frames), frames)).toEqual([
    "train jump train/jump/b",
    "train run train/run/a",
  ])
  const each = await dataset(frames, { pictures: "samples" })
  expect(each.items).toHaveLength(3)
})

it("VideoMAE's and mmaction2's lists, with frames and with folds", async () => {
  const root = layout({
    "train.csv": "/k400/a.mp4 1\nclips/b c.mp4 0\n",
    "val.csv": "clips/d.mp4 1\n",
    ...empty("clips/b c.mp4", "clips/d.mp4", "README.txt"),
  })
  const found = await dataset(root)
  expect([found.kind, found.classes]).toEqual(["list", ["0", "1"]])
  expect(said(found, root)).toEqual([
    "train 1 /k400/a.mp4 !",
    "train 0 clips/b c.mp4",
    "val 1 clips/d.mp4",
  ])
  const named = await dataset(root, { classes: ["jump", "run"] })
  expect(said(named, root)[1]).toBe("train jump clips/b c.mp4")

  const mmaction = layout({
    "ucf101_train_split_1_videos.txt":
      "Archery/v_Archery_g08_c01.avi 1\nBall/v_Ball_g01_c01.avi 0\n",
    "ucf101_val_split_1_videos.txt": "Archery/v_Archery_g01_c01.avi 1\n",
    "ucf101_train_split_2_videos.txt":
      "Archery/v_Archery_g01_c01.avi 1\nBall/v_Ball_g01_c01.avi 0\n",
    "ucf101_val_split_2_videos.txt": "Archery/v_Archery_g08_c01.avi 1\n",
    ...empty("videos/Archery/v_Archery_g08_c01.avi", "videos/Archery/v_Archery_g01_c01.avi"),
  })
  await expect(dataset(mmaction)).rejects.toThrow(/both ucf101_train_split_1_videos.txt and .+_2_/)
  const second = await dataset(mmaction, { split: "2", root: `${mmaction}/videos` })
  expect(said(second, mmaction)).toEqual([
    "train 1 videos/Archery/v_Archery_g01_c01.avi",
    "train 0 videos/Ball/v_Ball_g01_c01.avi !",
    "val 1 videos/Archery/v_Archery_g08_c01.avi",
  ])

  const frames = layout({
    "sthv2_train_list_rawframes.txt": "1 62 1\n2 40 0\n",
    ...empty("1/img_00001.jpg"),
  })
  expect((await dataset(frames)).items).toMatchObject([
    { frames: { count: 62 }, label: 1, split: "train" },
    { frames: { count: 40 }, label: 0, missing: true },
  ])
})

it("a CSV file with a header, in any column order, with splits and times", async () => {
  const root = layout({
    "clips.csv":
      "\ufeffsplit,person,path,label,start,end\r\n" +
      'training,p1,"a, b.mp4",run,,\r\nvalidation,p2,é/c.MP4,jump,1.5,\r\n' +
      "train,p1,d.mp4,jump,0,2.25\r\ntrain,p1,d.mp4,run,2.25,4\r\n",
    ...empty("a, b.mp4", "é/c.MP4", "d.mp4"),
  })
  const found = await dataset(root)
  expect([found.kind, found.classes, found.splits]).toEqual([
    "csv",
    ["jump", "run"],
    ["train", "val"],
  ])
  expect(said(found, root)).toEqual([
    "train run a, b.mp4",
    "val jump é/c.MP4",
    "train jump d.mp4",
    "train run d.mp4",
  ])
  expect(found.items.map(({ seconds }) => seconds)).toEqual([
    undefined,
    { start: 1.5 },
    { start: 0, end: 2.25 },
    { start: 2.25, end: 4 },
  ])
  const numbers = await dataset(layout({ "data.tsv": "path\tlabel\nx.mp4\t2.0\ny.mp4\t0\n" }))
  expect(numbers.classes).toEqual(["0", "1", "2"])
})
