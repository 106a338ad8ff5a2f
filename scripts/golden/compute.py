"""The contents of a set of each kind, computed from its description, weights and inputs."""

import math

import torch

from networks import (
    classifier,
    image_autoencoder,
    mean,
    smoothed,
    soft_cross_entropy,
    std,
    video_autoencoder,
    video_target,
)


def model_of(config):
    """The fields that shape a computation, from a configuration in the authors' words."""
    encoder = {k.removeprefix("encoder_"): v for k, v in config.items()}
    return {
        "patch": config.get("patch_size", 16),
        "tubelet": config.get("tubelet_size", 2),
        "depth": encoder["depth"],
        "heads": encoder["num_heads"],
        "decoder_depth": config.get("decoder_depth"),
        "decoder_heads": config.get("decoder_num_heads"),
        "eps": config.get("layer_norm_eps", 1e-6),
        "last_eps": config.get("layer_norm_eps", 1e-6),
    }


def theirs(config):
    """The same of a Hugging Face configuration; their video models' last norm reads none."""
    eps = config["layer_norm_eps"]
    return {
        "patch": config["patch_size"],
        "tubelet": config.get("tubelet_size"),
        "depth": config["num_hidden_layers"],
        "heads": config["num_attention_heads"],
        "decoder_depth": config.get("decoder_num_hidden_layers"),
        "decoder_heads": config.get("decoder_num_attention_heads"),
        "eps": eps,
        "last_eps": 1e-5 if config["model_type"] == "videomae" else eps,
    }


def trained(kind, name):
    """Position tables are fixed in MAE's pre-training, and never trained in the video models."""
    if name.endswith("pos_embed"):
        return kind.startswith("mae-finetune")
    return True


def leaves(kind, weights):
    return {n: w.detach().clone().requires_grad_(trained(kind, n)) for n, w in weights.items()}


def gradients(loss, weights):
    loss.backward()
    none = torch.zeros_like
    return {n: none(w) if w.grad is None else w.grad for n, w in weights.items() if w.requires_grad}


def under(prefix, tensors):
    return {prefix + name: t for name, t in tensors.items()}


def mae_pretrain(kind, meta, weights, inputs):
    c, config = model_of(meta["config"]), meta["config"]
    noise = inputs["noise"]
    keep = int(noise.shape[1] * (1 - config["mask_ratio"]))
    found = {}
    for variant in ("raw_pix", "norm_pix"):
        w = leaves(kind, weights)
        normalised = variant == "norm_pix"
        taps = image_autoencoder(w, c, inputs["imgs"], noise, keep, normalised)
        taps |= {f"{name}.{variant}": taps.pop(name) for name in ("loss", "target")}
        found |= taps | under(f"grad.{variant}.", gradients(taps[f"loss.{variant}"], w))
    return found


def videomae_pretrain(kind, meta, weights, inputs):
    c, w = model_of(meta["config"]), leaves(kind, weights)
    videos, mask = inputs["videos"], inputs["mask"]
    found = video_autoencoder(w, c, videos, mask)
    del found["cal_loss_mask"]
    found |= under("grad.", gradients(found["loss"], w))
    raw = video_autoencoder(weights, c, videos, mask, normalised=False)
    return found | {
        "loss_unnormalised_target": raw["loss"],
        "labels_unnormalised_first8": raw["labels"][:, :8],
        "videos_patch_first4": video_target(videos, c["tubelet"], c["patch"], True)[:, :4],
    }


def videomaev2_pretrain(kind, meta, weights, inputs):
    c = model_of(meta["config"])
    hidden, not_decoded = (inputs[f"{side}_mask"].flatten(1) for side in ("encoder", "decoder"))
    found = {}
    for variant, second in (("dual", not_decoded), ("nodec", None)):
        w = leaves(kind, weights)
        taps = video_autoencoder(w, c, inputs["videos"], hidden, second)
        taps |= under("grad.", gradients(taps["loss"], w))
        found |= under(f"{variant}.", taps)
    return found


def finetune(kind, meta, weights, inputs):
    c, classes = model_of(meta["config"]), meta["config"]["num_classes"]
    w = leaves(kind, weights)
    found = classifier(w, c, inputs["imgs" if "imgs" in inputs else "videos"])
    logits, labels = found["logits"], inputs["labels"]
    for name, target in {
        "soft_target": inputs["soft_target"],
        "label_smoothing_0.1": smoothed(labels, classes, 0.1, logits.dtype),
        "cross_entropy": smoothed(labels, classes, 0, logits.dtype),
    }.items():
        found[f"loss.{name}"] = soft_cross_entropy(logits, target)
    return found | under("grad.", gradients(found["loss.soft_target"], w))


def normalised_clips(clips):
    shape = (-1, *[1] * (clips.dim() - 2))
    scale = [v.float().reshape(shape).to(torch.float32) for v in (mean, std)]
    return (clips.float() / 255 - scale[0]) / scale[1]


def decays(kind, name, shape):
    """MAE's pre-training decays its tokens; all else spares them, and cosine attention's scale."""
    if len(shape) == 1 or name.endswith(".bias"):
        return False
    if kind == "mae-trajectory":
        return True
    return name.rpartition(".")[2] not in ("pos_embed", "cls_token", "mask_token", "scale")


def rate_scale(meta, name, depth):
    decay = meta.get("layer_decay", 1)
    if name in ("cls_token", "pos_embed") or name.startswith("patch_embed."):
        layer = 0
    else:
        layer = int(name.split(".")[1]) + 1 if name.startswith("blocks.") else depth + 1
    return decay ** (depth + 1 - layer)


def mae_rate(schedule, step):
    epoch = step / schedule["steps_per_epoch"]
    warm, epochs = schedule["warmup_epochs"], schedule["epochs"]
    if epoch < warm:
        return schedule["lr"] * epoch / warm
    share = (1 + math.cos(math.pi * (epoch - warm) / (epochs - warm))) / 2
    return schedule["min_lr"] + (schedule["lr"] - schedule["min_lr"]) * share


def follow(kind, meta, weights, steps, loss_of, clip):
    """AdamW from the first weights; `loss_of` gives a step's loss."""
    schedule, optimizer = meta["schedule"], meta["optimizer"]
    w = leaves(kind, weights)
    depth = model_of(meta["config"])["depth"]
    groups = [
        {"params": [t], "scale": rate_scale(meta, n, depth), "decays": decays(kind, n, t.shape)}
        for n, t in w.items()
        if t.requires_grad
    ]
    adamw = torch.optim.AdamW(groups, lr=0, betas=optimizer["betas"], eps=optimizer["eps"])
    losses, norms = [], []
    for step in range(steps):
        listed = schedule.get("lr_per_step")
        rate = listed[step] if listed else mae_rate(schedule, step)
        decay = schedule.get("wd_per_step", [optimizer.get("weight_decay")] * steps)[step]
        for group in adamw.param_groups:
            group["lr"] = rate * group["scale"]
            group["weight_decay"] = decay if group["decays"] else 0
        adamw.zero_grad()
        loss = loss_of(w, step)
        loss.backward()
        params = [t for group in groups for t in group["params"]]
        norms.append(torch.nn.utils.clip_grad_norm_(params, clip or math.inf))
        adamw.step()
        losses.append(loss)
    found = {"loss": torch.stack(losses), "grad_norm": torch.stack(norms)}
    return found | under("final.", w)


def batch_of(table, step, size):
    return torch.stack([table[(step + i) % len(table)] for i in range(size)])


def mae_trajectory(kind, meta, weights, inputs):
    config, noise = meta["config"], inputs["noise"]
    steps, size, tokens = noise.shape
    keep = int(tokens * (1 - config["mask_ratio"]))
    c = model_of(config)

    def loss_of(w, step):
        images = batch_of(inputs["imgs"], step, size)
        return image_autoencoder(w, c, images, noise[step], keep, True)["loss"]

    rates = torch.tensor([mae_rate(meta["schedule"], s) for s in range(steps)])
    return follow(kind, meta, weights, steps, loss_of, None) | {"lr": rates}


def video_trajectory(kind, meta, weights, inputs):
    c = model_of(meta["config"])
    hidden = inputs["masks" if "masks" in inputs else "encoder_masks"].flatten(2)
    second = inputs["decoder_masks"].flatten(2) if "decoder_masks" in inputs else None
    steps, size = hidden.shape[:2]

    def loss_of(w, step):
        videos = batch_of(inputs["videos"], step, size)
        rest = None if second is None else second[step]
        return video_autoencoder(w, c, videos, hidden[step], rest)["loss"]

    found = {}
    for run, options in meta["runs"].items():
        outcome = follow(kind, meta, weights, steps, loss_of, options["clip_grad"])
        found |= under(f"{run}.", outcome)
    return found


def finetune_trajectory(kind, meta, weights, inputs):
    c, classes = model_of(meta["config"]), meta["config"]["num_classes"]
    clips = inputs["imgs" if "imgs" in inputs else "videos"]
    size = 2

    def loss_of(w, step):
        logits = classifier(w, c, batch_of(clips, step, size))["logits"]
        labels = batch_of(inputs["labels"], step, size)
        return soft_cross_entropy(logits, smoothed(labels, classes, 0.1, logits.dtype))

    steps = meta.get("steps") or len(meta["schedule"]["lr_per_step"])
    return follow(kind, meta, weights, steps, loss_of, meta.get("clip_grad"))


def hf_videomae_pretrain(kind, meta, weights, inputs):
    c, config = theirs(meta["hf_config"]), meta["hf_config"]
    args = (weights, c, inputs["videos"], inputs["mask"])
    taps = video_autoencoder(*args, normalised=config["norm_pix_loss"])
    kept = {"last_hidden_state": "encoder_out", "logits": "decoder_out", "loss": "loss"}
    return {name: taps[ours] for name, ours in kept.items()}


def hf_vitmae_pretrain(kind, meta, weights, inputs):
    config, noise = meta["hf_config"], inputs["noise"]
    keep = int(noise.shape[1] * (1 - config["mask_ratio"]))
    args = (weights, theirs(config), inputs["imgs"], noise, keep, config["norm_pix_loss"])
    taps = image_autoencoder(*args)
    kept = {"last_hidden_state": "latent", "logits": "pred", "loss": "loss"}
    kept |= {"mask": "mask", "ids_restore": "ids_restore"}
    return {name: taps[ours] for name, ours in kept.items()}


def hf_finetune(kind, meta, weights, inputs):
    clips = inputs["imgs" if "imgs" in inputs else "videos"]
    logits = classifier(weights, theirs(meta["hf_config"]), clips)["logits"]
    target = smoothed(inputs["labels"], logits.shape[1], 0, logits.dtype)
    return {"logits": logits, "loss": soft_cross_entropy(logits, target)}


kinds = {
    "mae-pretrain": mae_pretrain,
    "mae-trajectory": mae_trajectory,
    "mae-finetune": finetune,
    "mae-finetune-trajectory": finetune_trajectory,
    "videomae-pretrain": videomae_pretrain,
    "videomae-trajectory": video_trajectory,
    "videomae-finetune": finetune,
    "videomae-finetune-trajectory": finetune_trajectory,
    "videomaev2-pretrain": videomaev2_pretrain,
    "videomaev2-trajectory": video_trajectory,
    "videomaev2-finetune": finetune,
    "videomaev2-finetune-trajectory": finetune_trajectory,
    "hf-videomae-pretrain": hf_videomae_pretrain,
    "hf-videomae-finetune": hf_finetune,
    "hf-vitmae-pretrain": hf_vitmae_pretrain,
    "hf-vitmae-finetune": hf_finetune,
}


def kind_of(name):
    return max((kind for kind in kinds if name.startswith(kind)), key=len)


def cast(tensors, dtype):
    return {n: t.to(dtype) if t.is_floating_point() else t for n, t in tensors.items()}


def outputs(name, meta, weights, inputs, dtype):
    """All outputs of a set, computed in `dtype`; a scalar has shape [1], as in the files."""
    kind = kind_of(name)
    inputs = dict(inputs)
    for given in ("imgs", "videos"):
        if f"{given}_u8" in inputs:
            inputs[given] = normalised_clips(inputs.pop(f"{given}_u8"))
    found = kinds[kind](kind, meta, cast(weights, dtype), cast(inputs, dtype))
    return {n: t.detach().reshape(t.shape or [1]) for n, t in found.items()}
