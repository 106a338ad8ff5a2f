"""Weights, clips and masks of made sets, drawn at random."""

import math

import torch

from networks import sin_cos_2d


def block_shapes(dim, c, heads, full_bias):
    hidden = int(dim * c["mlp_ratio"])
    linear = {"attn.proj": (dim, dim), "mlp.fc1": (hidden, dim), "mlp.fc2": (dim, hidden)}
    shapes = {f"{n}.weight": s for n, s in linear.items()}
    shapes |= {f"{n}.bias": s[:1] for n, s in linear.items()}
    shapes |= {f"{n}.{part}": (dim,) for n in ("norm1", "norm2") for part in ("weight", "bias")}
    shapes["attn.qkv.weight"] = (3 * dim, dim)
    biases = {"qkv.bias": 3 * dim} if full_bias else {"q_bias": dim, "v_bias": dim}
    shapes |= {f"attn.{n}": (size,) for n, size in biases.items()}
    if c.get("init_values"):
        shapes |= {"gamma_1": (dim,), "gamma_2": (dim,)}
    if c.get("cos_attn"):
        shapes["attn.scale"] = (heads, 1, 1)
    return shapes


def tower_shapes(prefix, dim, depth, heads, c, full_bias):
    block = block_shapes(dim, c, heads, full_bias)
    return {f"{prefix}.{i}.{n}": s for i in range(depth) for n, s in block.items()}


def affine(name, *shape):
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def encoder_shapes(at, c, image):
    """Patch embedding, blocks, tokens and tables; `at` is what the encoder's names begin with."""
    part = {k.removeprefix("encoder_"): v for k, v in c.items()}
    dim, p = part["embed_dim"], c["patch_size"]
    sites = (c["img_size"] // p) ** 2
    tubelet = () if image else (c["tubelet_size"],)
    shapes = affine(f"{at}patch_embed.proj", dim, 3, *tubelet, p, p)
    shapes |= tower_shapes(f"{at}blocks", dim, part["depth"], part["num_heads"], c, image)
    if image:
        shapes |= {"cls_token": (1, 1, dim), "pos_embed": (1, sites + 1, dim)}
    elif c.get("use_learnable_pos_emb"):
        shapes["pos_embed"] = (1, c["all_frames"] // c["tubelet_size"] * sites, dim)
    return shapes


def classifier_shapes(c, image):
    mean = c["global_pool"] if image else c.get("use_mean_pooling", True)
    dim = c["embed_dim"]
    head = affine("fc_norm" if mean else "norm", dim) | affine("head", c["num_classes"], dim)
    return encoder_shapes("", c, image) | head


def autoencoder_shapes(c, image):
    encoder, decoder = ("", "decoder_") if image else ("encoder.", "decoder.")
    dim = c["embed_dim" if image else "encoder_embed_dim"]
    inner, depth, heads = (c[f"decoder_{n}"] for n in ("embed_dim", "depth", "num_heads"))
    pixels = 3 * c["patch_size"] ** 2 * (1 if image else c["tubelet_size"])
    shapes = encoder_shapes(encoder, c, image) | affine(f"{encoder}norm", dim)
    shapes |= {"mask_token": (1, 1, inner)} | affine(f"{decoder}norm", inner)
    shapes |= tower_shapes(f"{decoder}blocks", inner, depth, heads, c, image)
    shapes |= affine("decoder_pred" if image else "decoder.head", pixels, inner)
    if not image:
        return shapes | {"encoder_to_decoder.weight": (inner, dim)}
    table = (1, shapes["pos_embed"][1], inner)
    return shapes | affine("decoder_embed", inner, dim) | {"decoder_pos_embed": table}


def draw_weights(kind, c, random):
    """Every weight away from where training starts, so that none can be left out unseen."""
    weights = {}
    shapes = autoencoder_shapes if "decoder_depth" in c else classifier_shapes
    for name, shape in sorted(shapes(c, "videomae" not in kind).items()):
        normal = torch.randn(shape, generator=random)
        last = name.rpartition(".")[2]
        if last in ("pos_embed", "decoder_pos_embed") and "decoder_depth" in c:
            side = math.isqrt(shape[1] - 1)
            weights[name] = sin_cos_2d(side, side, shape[2]).float()[None]
        elif last == "scale":
            weights[name] = 2.3 + 0.5 * normal
            if kind == "videomaev2-trajectory":  # One head above the clamp: no gradient passes.
                weights[name][0] = 5.0
        elif len(shape) > 1 and last == "weight":
            weights[name] = normal / math.sqrt(math.prod(shape[1:]))
        elif last in ("gamma_1", "gamma_2"):
            weights[name] = c["init_values"] + 0.1 * normal
        else:
            gain = "norm" in name and last == "weight"
            weights[name] = gain + (0.1 if len(shape) == 1 else 0.3) * normal
    return weights


def tube(steps, size, frames, sites, ratio, random):
    """1 where hidden: the same sites in each frame."""
    masks = torch.zeros(steps, size, frames, sites, dtype=torch.uint8)
    for row in masks.flatten(0, 1):
        row[:, torch.randperm(sites, generator=random)[: int(sites * ratio)]] = 1
    return masks


def running_cells(steps, size, frames, side, random):
    """1 where nothing is decoded: half of each cell of 2 x 2, moving on from frame to frame."""
    queue = torch.tensor([1, 1, 0, 0], dtype=torch.uint8)
    masks = torch.zeros(steps, size, frames, side * side, dtype=torch.uint8)
    for row in masks.flatten(0, 1):
        start = int(torch.randint(4, (), generator=random))
        for t in range(frames):
            cell = queue[(torch.arange(4) + start + t + 1) % 4].reshape(2, 2)
            row[t] = cell.repeat(side // 2, side // 2).flatten()
    return masks


def draw_inputs(kind, c, random):
    grid = c["img_size"] // c["patch_size"]
    image, trajectory = "videomae" not in kind, "trajectory" in kind
    frames = c.get("all_frames", c.get("num_frames", 1))
    square = (c["img_size"], c["img_size"])
    steps, size, clips = (6, 2, 4) if trajectory else (1, 2, 2)
    shape = (clips, 3, *square) if image else (clips, 3, frames, *square)
    given = "imgs" if image else "videos"
    found = {}
    if trajectory:
        pixels = torch.randint(256, shape, generator=random, dtype=torch.uint8)
        found[f"{given}_u8"] = pixels
    else:
        found[given] = torch.randn(shape, generator=random)
    if "finetune" in kind:
        found["labels"] = torch.randint(5, (clips,), generator=random, dtype=torch.int32)
        if not trajectory and "hf-" not in kind:
            found["soft_target"] = torch.randn(clips, 5, generator=random).softmax(1)
        return found
    if image:
        noise = torch.rand(steps, size, grid * grid, generator=random)
        return found | {"noise": noise if trajectory else noise[0]}
    window = (steps, size, frames // c["tubelet_size"])
    hidden = tube(*window, grid * grid, 0.7, random)
    if "v2" not in kind:
        masks = hidden.flatten(2)
        return found | ({"masks": masks} if trajectory else {"mask": masks[0]})
    masks = {"encoder_mask": hidden, "decoder_mask": running_cells(*window, grid, random)}
    for name, mask in masks.items():
        found |= {f"{name}s": mask} if trajectory else {name: mask[0]}
    return found
