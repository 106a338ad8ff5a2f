"""MAE, VideoMAE and VideoMAE V2 as plain functions of named weights, from the papers.

Golden numbers of kinds that the authors' code did not leave are computed with these. They share
nothing with the TypeScript: PyTorch computes, and autograd differentiates.
"""

import math

import torch
import torch.nn.functional as F


def below(weights, prefix):
    return {n[len(prefix) :]: w for n, w in weights.items() if n.startswith(prefix)}


def sinusoid(tokens, dim):
    """VideoMAE's table: sine and cosine take turns along a row; [tokens, dim] in f64."""
    column = torch.arange(dim, dtype=torch.float64)
    angle = torch.arange(tokens, dtype=torch.float64)[:, None] / 10000 ** (2 * (column // 2) / dim)
    return torch.where(column % 2 == 0, angle.sin(), angle.cos())


def sin_cos_2d(height, width, dim):
    """MAE's table: columns in the first half, rows in the second; a row of zeros for the class."""
    rate = 10000 ** (-torch.arange(dim // 4, dtype=torch.float64) / (dim // 4))

    def half(position):
        angle = position.reshape(-1)[:, None] * rate
        return torch.cat([angle.sin(), angle.cos()], 1)

    y, x = torch.meshgrid(
        torch.arange(height, dtype=torch.float64),
        torch.arange(width, dtype=torch.float64),
        indexing="ij",
    )
    table = torch.cat([half(x), half(y)], 1)
    return torch.cat([torch.zeros(1, dim, dtype=torch.float64), table])


def norm(weights, name, x, eps):
    return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], eps)


def attention(w, x, heads):
    batch, tokens, dim = x.shape
    bias = w.get("qkv.bias")
    if "q_bias" in w:  # The video models have no bias for keys.
        bias = torch.cat([w["q_bias"], torch.zeros_like(w["q_bias"]), w["v_bias"]])
    qkv = F.linear(x, w["qkv.weight"], bias).reshape(batch, tokens, 3, heads, -1)
    q, k, v = qkv.permute(2, 0, 3, 1, 4)
    if "scale" in w:
        q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)
        q = q * w["scale"].clamp(max=4.6052).exp()
    else:
        q = q * (dim // heads) ** -0.5
    mixed = (q @ k.transpose(-2, -1)).softmax(-1) @ v
    return F.linear(mixed.transpose(1, 2).flatten(2), w["proj.weight"], w["proj.bias"])


def mlp(w, x):
    hidden = F.gelu(F.linear(x, w["fc1.weight"], w["fc1.bias"]))
    return F.linear(hidden, w["fc2.weight"], w["fc2.bias"])


def blocks(weights, prefix, x, depth, heads, eps):
    """Runs a stack of blocks; gives the output of each."""
    outputs = []
    for i in range(depth):
        w = below(weights, f"{prefix}.{i}.")
        x = x + w.get("gamma_1", 1) * attention(below(w, "attn."), norm(w, "norm1", x, eps), heads)
        x = x + w.get("gamma_2", 1) * mlp(below(w, "mlp."), norm(w, "norm2", x, eps))
        outputs.append(x)
    return outputs


def embed(weights, clips):
    """[B, 3, (T,) H, W] to tokens [B, N, D]."""
    weight = weights["patch_embed.proj.weight"]
    conv = F.conv2d if weight.dim() == 4 else F.conv3d
    return conv(clips, weight, weights["patch_embed.proj.bias"], weight.shape[2:]).flatten(2).mT


def rows(x, mask, value):
    """The tokens of each sample where its mask has a value, in order."""
    return x.expand(len(mask), *x.shape[1:])[mask == value].reshape(len(mask), -1, x.shape[-1])


def patches(clips, tubelet, patch):
    """[B, 3, T, H, W] to tokens of pixels [B, N, t y x, c]."""
    b, c, t, h, w = clips.shape
    cut = clips.reshape(b, c, t // tubelet, tubelet, h // patch, patch, w // patch, patch)
    return cut.permute(0, 2, 4, 6, 3, 5, 7, 1).reshape(b, -1, tubelet * patch * patch, c)


mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64)
std = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64)


def per_colour(values, like):
    return values.to(like.dtype)[:, None, None, None]


def video_target(clips, tubelet, patch, normalised):
    """Pixels from 0 to 1; each colour of a token by its own mean and standard deviation."""
    pixels = clips * per_colour(std, clips) + per_colour(mean, clips)
    tokens = patches(pixels, tubelet, patch)
    if normalised:
        deviation = tokens.var(2, unbiased=True, keepdim=True).sqrt() + 1e-6
        tokens = (tokens - tokens.mean(2, keepdim=True)) / deviation
    return tokens.flatten(2)


def image_target(images, patch, normalised):
    """Normalised pixels; all numbers of a patch by one mean and variance."""
    tokens = patches(images[:, :, None], 1, patch).flatten(2)
    if normalised:
        variance = tokens.var(2, unbiased=True, keepdim=True)
        tokens = (tokens - tokens.mean(2, keepdim=True)) / (variance + 1e-6).sqrt()
    return tokens


def video_autoencoder(weights, c, videos, hidden, not_decoded=None, normalised=True):
    """`hidden` and `not_decoded` are [B, N]; without the second, all that is hidden is decoded."""
    encoder = below(weights, "encoder.")
    eps = c["eps"]
    decoded = hidden if not_decoded is None else 1 - not_decoded
    embedded = embed(encoder, videos)
    count, dim = embedded.shape[1:]
    x = embedded + sinusoid(count, dim).to(embedded)
    inner = blocks(encoder, "blocks", rows(x, hidden, 0), c["depth"], c["heads"], eps)
    latent = norm(encoder, "norm", inner[-1], eps)
    projected = F.linear(latent, weights["encoder_to_decoder.weight"])
    table = sinusoid(count, projected.shape[-1]).to(projected)[None]
    seen, asked = rows(table, hidden, 0), rows(table, decoded, 1)
    x = torch.cat([projected + seen, weights["mask_token"] + asked], 1)
    outer = blocks(weights, "decoder.blocks", x, c["decoder_depth"], c["decoder_heads"], eps)
    last = norm(weights, "decoder.norm", outer[-1][:, -asked.shape[1] :], c["last_eps"])
    prediction = F.linear(last, weights["decoder.head.weight"], weights["decoder.head.bias"])
    target = rows(video_target(videos, c["tubelet"], c["patch"], normalised), decoded, 1)
    weight = rows(hidden[..., None], decoded, 1)[..., 0]
    error = (prediction - target).square().mean(-1)
    found = {
        "patch_embed": embedded,
        "encoder_out": latent,
        "encoder_to_decoder": projected,
        "decoder_out": prediction,
        "labels": target,
        "cal_loss_mask": weight,
        "loss": (error * weight).sum() / weight.sum(),
    }
    found |= {f"encoder_block.{i}": x for i, x in enumerate(inner)}
    return found | {f"decoder_block.{i}": x for i, x in enumerate(outer)}


def image_autoencoder(weights, c, images, noise, keep, normalised):
    eps = c["eps"]
    shuffle = noise.argsort(1)
    restore = shuffle.argsort(1)
    mask = (restore >= keep).to(images)
    embedded = embed(weights, images)
    x = embedded + weights["pos_embed"][:, 1:]
    kept = x.gather(1, shuffle[:, :keep, None].expand(-1, -1, x.shape[-1]))
    cls = (weights["cls_token"] + weights["pos_embed"][:, :1]).expand(len(x), -1, -1)
    inner = blocks(weights, "blocks", torch.cat([cls, kept], 1), c["depth"], c["heads"], eps)
    latent = norm(weights, "norm", inner[-1], eps)
    y = F.linear(latent, weights["decoder_embed.weight"], weights["decoder_embed.bias"])
    fill = weights["mask_token"].expand(len(y), noise.shape[1] - keep, -1)
    places = restore[..., None].expand(-1, -1, y.shape[-1])
    tokens = torch.cat([y[:, 1:], fill], 1).gather(1, places)
    x = torch.cat([y[:, :1], tokens], 1) + weights["decoder_pos_embed"]
    outer = blocks(weights, "decoder_blocks", x, c["decoder_depth"], c["decoder_heads"], eps)
    last = norm(weights, "decoder_norm", outer[-1], c["last_eps"])
    all_tokens = F.linear(last, weights["decoder_pred.weight"], weights["decoder_pred.bias"])
    target = image_target(images, c["patch"], normalised)
    error = (all_tokens[:, 1:] - target).square().mean(-1)
    found = {
        "ids_shuffle": shuffle,
        "ids_restore": restore,
        "mask": mask,
        "patch_embed": embedded,
        "latent": latent,
        "decoder_embed": y,
        "pred_with_cls": all_tokens,
        "pred": all_tokens[:, 1:],
        "target": target,
        "loss": (error * mask).sum() / mask.sum(),
    }
    found |= {f"encoder_block.{i}": x for i, x in enumerate(inner)}
    return found | {f"decoder_block.{i}": x for i, x in enumerate(outer)}


def classifier(weights, c, clips):
    embedded = embed(weights, clips)
    batch, count, dim = embedded.shape
    image = "cls_token" in weights
    if image:
        x = torch.cat([weights["cls_token"].expand(batch, -1, -1), embedded], 1)
        x = x + weights["pos_embed"]
    elif "pos_embed" in weights:  # The video models do not train their learned table.
        x = embedded + weights["pos_embed"].detach()
    else:
        x = embedded + sinusoid(count, dim).to(embedded)
    inner = blocks(weights, "blocks", x, c["depth"], c["heads"], c["eps"])
    x = inner[-1]
    if "fc_norm.weight" in weights:
        features = norm(weights, "fc_norm", (x[:, 1:] if image else x).mean(1), c["last_eps"])
    else:
        features = norm(weights, "norm", x[:, 0], c["eps"])
    logits = F.linear(features, weights["head.weight"], weights["head.bias"])
    found = {"patch_embed": embedded, "features": features, "logits": logits}
    return found | {f"block.{i}": x for i, x in enumerate(inner)}


def soft_cross_entropy(logits, targets):
    return -(targets * logits.log_softmax(-1)).sum(-1).mean()


def smoothed(labels, classes, smoothing, dtype):
    rest = torch.full((len(labels), classes), smoothing / classes, dtype=dtype)
    return rest + F.one_hot(labels.long(), classes).to(dtype) * (1 - smoothing)


def cosine(base, final, count):
    return [final + (base - final) * (1 + math.cos(math.pi * i / count)) / 2 for i in range(count)]
