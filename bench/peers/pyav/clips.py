"""Clips a second with PyAV: 16 frames at stride 4 from a random start, short side 256, crop 224.

As a careful user would write it: one decoding thread a process, a seek to the key frame before the
start, and only wanted frames converted, scaled by FFmpeg on the way to RGB. Prints one JSON object.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import time

import av
import numpy as np

SHORT, SIZE = 256, 224


def read_clip(path, frames, stride, rng):
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        count = stream.frames
        start = rng.randrange(max(1, count - frames * stride + 1))
        ticks = 1 / (stream.average_rate * stream.time_base)
        first = stream.start_time or 0
        wanted = [first + round((start + i * stride) * ticks) for i in range(frames)]
        scale = SHORT / min(stream.width, stream.height)
        width, height = round(stream.width * scale), round(stream.height * scale)
        x, y = rng.randrange(width - SIZE + 1), rng.randrange(height - SIZE + 1)
        clip = np.empty((frames, SIZE, SIZE, 3), np.uint8)
        container.seek(wanted[0], stream=stream, backward=True)
        taken = 0
        for frame in container.decode(stream):
            if frame.pts + ticks / 2 < wanted[taken]:
                continue
            rgb = frame.reformat(width, height, "rgb24").to_ndarray()
            clip[taken] = rgb[y : y + SIZE, x : x + SIZE]
            taken += 1
            if taken == frames:
                return clip
        clip[taken:] = clip[taken - 1]
        return clip


def work(job):
    path, frames, stride, seed = job
    return read_clip(path, frames, stride, random.Random(seed))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--warmup", type=int, default=8)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--stride", type=int, default=4)
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args()
    names = sorted(n for n in os.listdir(args.folder) if n.endswith(".mp4"))
    paths = [os.path.join(args.folder, name) for name in names]

    def jobs(count, seed):
        return [(paths[i % len(paths)], args.frames, args.stride, seed + i) for i in range(count)]

    if args.processes == 1:
        for job in jobs(args.warmup, 1000):
            work(job)
        began = time.perf_counter()
        for job in jobs(args.clips, 0):
            work(job)
    else:
        # The clips come to this process, as they do to one that trains.
        with multiprocessing.Pool(args.processes) as pool:
            for _ in pool.imap(work, jobs(args.warmup, 1000)):
                pass
            began = time.perf_counter()
            for _ in pool.imap(work, jobs(args.clips, 0)):
                pass
    seconds = time.perf_counter() - began
    print(
        json.dumps(
            {
                "clipsPerSecond": args.clips / seconds,
                "seconds": seconds,
                "peakMemoryMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "version": av.__version__,
                "processes": args.processes,
            }
        )
    )


if __name__ == "__main__":
    main()
