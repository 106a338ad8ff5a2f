import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { effort } from "../../../scripts/effort.mjs"
import { dataset, discover, parseList } from "../src/index.js"
import { empty, layout, said } from "./layouts.js"

const refused = (files: Readonly<Record<string, string>>, options = {}) =>
  expect(dataset(layout(files), options)).rejects

const ucfLine = "Archery/v_Archery_g08_c01.avi 3"
const hmdbLine = "April_09_brush_hair_u_nm_np1_ba_goo_0.avi 1 "

describe("official lists are never read as paths and labels", () => {
  it.each([
    ["/ucf/trainlist01.txt", ucfLine, /UCF101, whose labels start at 1\n.+classInd.txt/],
    ["/ucf/testlist02.txt", "Archery/v_Archery_g08_c01.avi", /UCF101/],
    ["/renamed/train.txt", ucfLine, /train.txt: is a list of UCF101/],
    ["/hmdb/brush_hair_test_split1.txt", hmdbLine, /HMDB51, whose numbers are splits/],
    ["/renamed/brush.txt", hmdbLine, /brush.txt: is a list of HMDB51/],
  ])("%s", async (path, line, message) => {
    expect(() => parseList(line, path)).toThrow(message)
  })

  it("but those of mmaction2 are", () => {
    const lines = `${ucfLine}\nApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi 0`
    expect(parseList(lines, "/ucf/train.txt").map(({ label }) => label)).toEqual([3, 0])
  })

  it("in discover, which understands them if the rest is there", async () => {
    const root = layout({
      "classInd.txt": "1 Archery\n",
      "trainlist01.txt": "Archery/v_Archery_g08_c01.avi 1\n",
      "Archery/v_Archery_g08_c01.avi": "",
      "alone/trainlist01.txt": "Archery/v_Archery_g08_c01.avi 1\n",
      "hmdb/a_test_split1.txt": hmdbLine,
    })
    expect(await discover(`${root}/trainlist01.txt`)).toMatchObject([
      { path: `${root}/Archery/v_Archery_g08_c01.avi`, label: 0 },
    ])
    await expect(discover(`${root}/alone/trainlist01.txt`)).rejects.toThrow(
      /alone: classInd.txt is missing.+\ncopy it/,
    )
    await expect(discover(`${root}/hmdb/a_test_split1.txt`)).rejects.toThrow(
      /HMDB51's list of one class\npass the folder/,
    )
  })
})

describe("a wrong data set is refused by name", () => {
  it("UCF101 whose labels and classes disagree, or without its split", async () => {
    const index = { "classInd.txt": "1 ApplyEyeMakeup\n2 Archery\n" }
    await refused({ ...index, "trainlist01.txt": "Archery/v_Archery_g08_c01.avi 1\n" }).toThrow(
      /trainlist01.txt: the line "Archery.+ 1" has 1 for a class with number 2/,
    )
    await refused({ ...index, "trainlist01.txt": "Bowling/v_Bowling_g08_c01.avi 2\n" }).toThrow(
      /names a class that is not in classInd.txt/,
    )
    await refused({ ...index, "trainlist01.txt": "" }, { split: "2" }).toThrow(/split 2 is missing/)
    await refused({ "classInd.txt": "0 A\n", "trainlist01.txt": "" }).toThrow(/"0 A" does not name/)
  })

  it("HMDB51 with a strange flag, or without a class", async () => {
    await refused({ "run_test_split1.txt": "a.avi 3\n" }).toThrow(
      /"a.avi 3" is not a file and 0, 1/,
    )
    const lists = { "run_test_split1.txt": "a.avi 1\n", "hug_test_split2.txt": "b.avi 1\n" }
    await refused(lists).toThrow(/split 1 has no list of hug\ncopy hug_test_split1.txt/)
  })

  it("Kinetics without times, and twice", async () => {
    const header = "label,youtube_id,time_start,time_end,split\n"
    await refused({ "train.csv": `${header}run,abc,,10,train\n` }).toThrow(/"run,abc,,10,train" is/)
    await refused({ "400/train.csv": header, "600/train.csv": header }).toThrow(
      /both 400\/train.csv and 600\/train.csv are lists of train/,
    )
    const two = {
      "train.csv": `${header}run,abc,0,10,train\n`,
      ...empty("a/abc_000000_000010.mp4", "b/abc_000000_000010.mp4"),
    }
    await refused(two).toThrow(/may be .+a\/abc.+ or .+b\/abc.+\nkeep one of them/)
  })

  it("Something-Something with templates that labels.json lacks", async () => {
    const train = JSON.stringify([{ id: "7", template: "Holding [something]" }])
    await refused({ "labels.json": '{ "Spinning something": "0" }', "train.json": train }).toThrow(
      /"Holding something" is the template of 7, but not in labels.json/,
    )
    await refused({ "labels.json": '{ "Spinning something": "1" }', "train.json": train }).toThrow(
      /labels.json: does not number its 1 names from 0/,
    )
    await refused({ "labels.json": "{", "train.json": train }).toThrow(/labels.json: is not JSON/)
  })

  it("two kinds at once", async () => {
    const mixed = { "classInd.txt": "1 A\n", "trainlist01.txt": "", "run_test_split1.txt": "" }
    await refused(mixed).toThrow(
      /classInd.txt belongs to .+ kind ucf101, but run_test_split1.txt to one of kind hmdb51\nset/,
    )
    await refused({ "train.csv": "path,label\na.mp4,0\n", "val.txt": "b.mp4 0\n" }).toThrow(
      /train.csv belongs to a data set of kind csv, but val.txt to one of kind list/,
    )
  })

  it("lists twice", async () => {
    const lists = { "classInd.txt": "1 A\n", "a/trainlist01.txt": "", "b/trainlist01.txt": "" }
    await refused(lists).toThrow(/both a\/trainlist01.txt and b\/trainlist01.txt are lists of/)
  })

  it("Charades, HVU and AVA", async () => {
    const plain = /several labels for each clip\nmulti-label data sets are not supported/
    await refused({ "Charades_v1_train.csv": "id,subject,actions\nX,Y,c092 1 2\n" }).toThrow(plain)
    await refused({ "HVU_Train_V1.0.csv": "Tags,youtube_id,time_start,time_end\n" }).toThrow(plain)
    await refused({ "ava_train_v2.2.csv": "-5KQ66BBWC4,0902,0.077,0.151\n" }).toThrow(plain)
  })

  it("a kind that is not there, or that nobody knows", async () => {
    await refused(empty("a.mp4"), { kind: "ucf101" }).toThrow(
      /not a data set of kind ucf101\nexpected classInd/,
    )
    await refused(empty("a.mp4"), { kind: "ucf" }).toThrow(
      /unknown kind of data set: ucf\nchoose one of ucf101/,
    )
    await refused({ "notes.md": "" }).toThrow(/no videos or images found/)
    await refused(empty("a.mp4"), { split: "2" }).toThrow(/no numbered splits/)
    await refused(empty("train/run/a.mp4"), { split: "val" }).toThrow(
      /no split named val\nchoose one of train/,
    )
  })

  it("class folders with clips beside them, without clips, or beside splits", async () => {
    await refused(empty("run/a.mp4", "b.mp4")).toThrow(
      /b.mp4: is not in a class folder, but .+run\/a/,
    )
    await refused({ ...empty("run/a.mp4"), "notes/b.md": "" }).toThrow(
      /notes: contains no videos or images/,
    )
    await refused(empty("train/run/a.mp4", "more/b.mp4")).toThrow(
      /contains the split train and, next to it, more/,
    )
    for (const path of ["x/train/run/a.mp4", "train/x/run/a.mp4"]) {
      const other = path.startsWith("x") ? "x/val/run/b.mp4" : "train/x/hop/b.mp4"
      await refused(empty(path, other)).toThrow(
        /all clips are in the folder x, in .+\npass x itself/,
      )
    }
    await refused(empty("val/run/a.mp4", "validation/run/a.mp4")).toThrow(
      /both val and validation are/,
    )
    await refused(empty("run/1.jpg", "jump/b/1.jpg")).toThrow(
      /run\/1.jpg is directly in a class folder/,
    )
  })

  it("classes that training clips lack", async () => {
    await refused(empty("train/run/a.mp4", "val/Run/a.mp4")).toThrow(
      /Run\/a.mp4 of val is "Run", which no training clip has\ndid you mean "run"/,
    )
    await refused(empty("train/run/a.mp4", "val/hop/a.mp4")).toThrow(/"hop".+\nadd training clips/)
    await refused({ "data.csv": "path,label,split\na.mp4,run,train\nb.mp4,hop,val\n" }).toThrow(
      /"hop"/,
    )
  })

  it("labels that count from 1, are counts, are absent or of two sorts", async () => {
    await refused({ "train.csv": "a.mp4 1\nb.mp4 2\n" }).toThrow(
      /labels are 1 to 2, and none is 0\n.+subtract 1/,
    )
    const root = layout({ "train.csv": "a.mp4 1\nb.mp4 2\n" })
    const named = await dataset(root, { classes: ["a", "b", "c"] })
    expect(named.items.map(({ label }) => label)).toEqual([1, 2])
    await expect(dataset(root, { classes: ["a", "b"] })).rejects.toThrow(
      /b.mp4 is 2, but there are 2/,
    )
    await refused({ "d.csv": "path,label\na.mp4,20261130\n" }).toThrow(/a.mp4 is 20261130/)
    await refused({ "d.csv": "path,label\na.mp4,-1\nb.mp4,0\n" }).toThrow(/a.mp4 is -1, but/)
    await refused({ "d.csv": "path,label\na.mp4,run\nb.mp4,\n" }).toThrow(/b.mp4 has no label/)
    await refused({ "d.csv": "path,label\na.mp4,run\nb.mp4,1\n" }).toThrow(
      /is "run", and that of .+ 1\n/,
    )
  })

  it("CSV files without a header, with odd columns, or without sense", async () => {
    await refused({ "train.csv": "a.mp4,run\n" }).toThrow(
      /has "run" after a.mp4\nfor class names, begin with the header path,label/,
    )
    await refused({ "d.csv": "path,label\na,b.mp4,run\n" }).toThrow(
      /line 2 has 3 columns, the header 2\nput/,
    )
    await refused({ "d.csv": "path,label,label\na.mp4,0,1\n" }).toThrow(
      /two columns are named "label"/,
    )
    await refused({ "d.csv": 'path,label\n"a.mp4,0\n' }).toThrow(/d.csv: Quote Not Closed/)
    await refused({ "d.csv": "path,label,split\na.mp4,0,train\nb.mp4,0,\n" }).toThrow(
      /b.mp4 is not in any split/,
    )
    for (const times of ["2,1", "-1,2", "0:01,0:02", "3,3"]) {
      await refused({ "d.csv": `path,label,start,end\na.mp4,0,${times}\n` }).toThrow(
        /is not a valid part of a video/,
      )
    }
  })

  it("several labels for a clip", async () => {
    const plain = /multi-label data sets are not supported/
    await refused({ "train.txt": "a.mp4 0\nb.mp4 1 5\n" }).toThrow(plain)
    await refused({ "train.txt": "a.mp4 1 5 7\n" }).toThrow(plain)
    await refused({ "train.txt": "a.mp4 1 5\nb.mp4 2 7\n" }).toThrow(plain)
    await refused({ "train.txt": "a.mp4 0\na.mp4 1\n" }).toThrow(plain)
    await refused({ "d.csv": "path,label\na.mp4,run\na.mp4,jump\n" }).toThrow(plain)
  })
})

describe("neighbours of what is written", () => {
  it("finds paths of another machine or another folder by folder and name", async () => {
    const root = layout({
      "lists/train.csv": "/their/k400/run/a.mp4 0\n/their/k400/jump/a.mp4 1\n/their/hop/b.mp4 0\n",
      ...empty("videos/run/a.mp4", "videos/jump/a.webm", "videos/b/b.mp4"),
    })
    const there = await dataset(`${root}/lists`, { root: `${root}/videos` })
    expect(said(there, root)).toEqual([
      "train 0 videos/run/a.mp4",
      "train 1 videos/jump/a.webm",
      "train 0 /their/hop/b.mp4 !",
    ])
    const lost = await dataset(`${root}/lists`)
    expect(lost.items.every(({ missing }) => missing)).toBe(true)
    await expect(dataset(root, { root: `${root}/no` })).rejects.toThrow(/no: no such folder/)

    const mmaction = layout({
      "kinetics400_train_list_videos.txt": "abseiling/0347ZoDXyP0_000095_000105.mp4 0\nrun/x 1\n",
      "kinetics400_val_list_videos.txt": "run/y.mp4 1\n",
      ...empty("videos_train/abseiling/0347ZoDXyP0_000095_000105.mp4", "videos_train/run/x.mp4"),
      ...empty("videos_val/run/y.mkv"),
    })
    expect(said(await dataset(mmaction), mmaction)).toEqual([
      "train 0 videos_train/abseiling/0347ZoDXyP0_000095_000105.mp4",
      "train 1 videos_train/run/x.mp4",
      "val 1 videos_val/run/y.mkv",
    ])
  })

  it("a list alone has the classes of the training list beside it", async () => {
    const header = "label,youtube_id,time_start,time_end,split\n"
    const root = layout({
      "train.csv": `${header}run,aaa,0,10,train\njump,bbb,0,10,train\n`,
      "val.csv": `${header}run,ccc,0,10,val\n`,
      "own/train.csv": "path,label\na.mp4,run\nb.mp4,jump\n",
      "own/val.csv": "video_path,class\nc.mp4,run\n",
    })
    for (const list of ["val.csv", "own/val.csv"]) {
      const { classes, items, splits } = await dataset(`${root}/${list}`)
      expect([classes, items[0].label, splits]).toEqual([["jump", "run"], 1, ["val"]])
    }
  })

  it("one file, and a list that nobody asked for", async () => {
    const root = layout({ ...empty("run/a.mp4", "jump/b.mp4"), "clips.lst": "run/a.mp4 0\n" })
    const told: string[] = []
    const found = await dataset(root, { onNotice: (line) => told.push(line) })
    expect([found.classes, told]).toEqual([
      ["jump", "run"],
      [`${root}: did not read clips.lst; to read it, pass the file itself`],
    ])
    expect((await dataset(`${root}/run/a.mp4`)).items).toEqual([{ path: `${root}/run/a.mp4` }])
    await expect(dataset(`${layout({ "x.bin": "" })}/x.bin`)).rejects.toThrow(
      /not a known kind of data set/,
    )
  })

  it.skipIf(process.platform === "win32")("links to clips and to folders", async () => {
    const store = layout(empty("x/1.mp4", "2.mp4"))
    const root = layout(empty("train/jump/3.mp4"))
    symlinkSync(`${store}/x`, `${root}/train/run`)
    symlinkSync(`${store}/2.mp4`, `${root}/train/jump/2.mp4`)
    symlinkSync(`${store}/gone.mp4`, `${root}/train/jump/4.mp4`)
    expect(said(await dataset(root), root)).toEqual([
      "train jump train/jump/2.mp4",
      "train jump train/jump/3.mp4",
      "train jump train/jump/4.mp4 !",
      "train run train/run/1.mp4",
    ])
  })

  it("more clips in a list or a folder than a call takes arguments", async () => {
    const count = effort(100, 150_000)
    const names = Array.from({ length: count }, (_, i) => `${i}.webm`)
    const root = layout({ "train.csv": names.map((name) => `videos/${name} 0\n`).join("") })
    mkdirSync(`${root}/videos`)
    for (const name of names) writeFileSync(`${root}/videos/${name}`, "")
    expect((await dataset(root)).items).toHaveLength(count)
    expect((await dataset(`${root}/videos`)).items).toHaveLength(count)
  })
})
