"""VideoMAE and ViTMAE as Hugging Face has them (transformers 4), from the authors' names."""

import re

rows = [
    (r"^(encoder\.)?blocks\.", "encoder.layer."),
    (r"^decoder(\.|_)blocks\.", "decoder.decoder_layers."),
    (r"norm1\.", "layernorm_before."),
    (r"norm2\.", "layernorm_after."),
    (r"attn\.(q_bias|v_bias)$", r"attention.attention.\1"),
    (r"attn\.proj\.", "attention.output.dense."),
    (r"mlp\.fc1\.", "intermediate.dense."),
    (r"mlp\.fc2\.", "output.dense."),
    (r"^(encoder\.)?patch_embed\.proj\.", "embeddings.patch_embeddings.projection."),
    (r"^(encoder\.)?norm\.", "layernorm."),
    (r"^cls_token$", "embeddings.cls_token"),
    (r"^pos_embed$", "embeddings.position_embeddings"),
    (r"^head\.", "classifier."),
]
image_rows = [
    (r"^mask_token$", "decoder.mask_token"),
    (r"^decoder_(pos_embed|embed|norm|pred)", r"decoder.decoder_\1"),
]


def to_hugging_face(weights):
    base = "vit." if "cls_token" in weights else "videomae."
    found = {}
    for name, tensor in weights.items():
        for pattern, replacement in rows + (image_rows if base == "vit." else []):
            name = re.sub(pattern, replacement, name)
        if re.match(r"(encoder\.layer|embeddings|layernorm)\.", name):
            name = base + name
        stacked = re.match(r"(.*)attn\.qkv\.(weight|bias)$", name)
        if not stacked:
            found[name] = tensor
            continue
        for part, piece in zip(("query", "key", "value"), tensor.chunk(3)):
            found[f"{stacked[1]}attention.attention.{part}.{stacked[2]}"] = piece
    return found


def hugging_face_config(kind, c):
    video, pretrain = "videomae" in kind, "pretrain" in kind
    part = {k.removeprefix("encoder_"): v for k, v in c.items()}

    def sizes(prefix, dim, depth, heads):
        hidden = int(dim * c["mlp_ratio"])
        names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
        return {prefix + n: v for n, v in zip(names, (dim, depth, heads, hidden))}

    types = ("videomae", "videomae") if video else ("vit_mae", "vit")
    found = {
        "model_type": types[0 if pretrain else 1],
        "image_size": c["img_size"],
        "patch_size": c["patch_size"],
        "num_channels": 3,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "qkv_bias": True,
    }
    found |= sizes("", part["embed_dim"], part["depth"], part["num_heads"])
    if video:
        mean = not pretrain and c.get("use_mean_pooling", True)
        frames = c.get("all_frames", c.get("num_frames"))
        found |= {"num_frames": frames, "tubelet_size": c["tubelet_size"], "use_mean_pooling": mean}
    if pretrain:
        decoder = (c[f"decoder_{n}"] for n in ("embed_dim", "depth", "num_heads"))
        found |= sizes("decoder_", *decoder) | {"norm_pix_loss": not video}
        return found | ({} if video else {"mask_ratio": c["mask_ratio"]})
    labels = {str(i): f"LABEL_{i}" for i in range(c["num_classes"])}
    return found | {"id2label": labels}
