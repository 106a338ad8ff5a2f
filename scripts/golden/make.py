"""Makes the golden sets of kinds and fields that the authors' code left none of.

    python make.py ../../packages/cli/test/golden

PyTorch 2.13 on a CPU. Outputs are computed in f32; meta.json says how far they are from f64.
check.py holds the same computations against sets of the authors' code.
"""

import sys
from pathlib import Path

import torch

from compute import kind_of, outputs
from draw import draw_inputs, draw_weights
from files import write_json, write_tensors
from hugging_face import hugging_face_config, to_hugging_face
from networks import cosine

images = {"img_size": 12, "patch_size": 4, "mlp_ratio": 3}
images |= {"embed_dim": 20, "depth": 2, "num_heads": 2}
image_decoder = {"decoder_embed_dim": 12, "decoder_depth": 1, "decoder_num_heads": 3}
tall = {"img_size": 12, "patch_size": 4, "tubelet_size": 3, "mlp_ratio": 2.5}
wide = {"img_size": 16, "patch_size": 4, "tubelet_size": 2, "mlp_ratio": 2.5}
tower = {"embed_dim": 18, "depth": 2, "num_heads": 3}
video_encoder = {f"encoder_{name}": value for name, value in tower.items()}
video_decoder = {"decoder_embed_dim": 10, "decoder_depth": 1, "decoder_num_heads": 2}
cosine_scaled = {"cos_attn": True, "init_values": 0.3}

mae_pretrain = images | image_decoder | {"mask_ratio": 0.6}
mae_finetune = images | {"num_classes": 5, "global_pool": False}
v1_pretrain = tall | video_encoder | video_decoder | {"num_frames": 9}
v1_finetune = tall | tower | {"all_frames": 9, "num_classes": 5, "init_values": 0.3}
v1_finetune |= {"use_learnable_pos_emb": True, "use_mean_pooling": False}
v2_pretrain = wide | video_encoder | video_decoder | cosine_scaled | {"all_frames": 6}
v2_finetune = wide | tower | cosine_scaled | {"all_frames": 4, "num_classes": 5}
v2_finetune |= {"use_learnable_pos_emb": True}

adamw = {"name": "AdamW", "eps": 1e-8}
pretraining = adamw | {"betas": [0.9, 0.95], "weight_decay": 0.05}
finetuning = adamw | {"betas": [0.9, 0.999], "weight_decay": 0.05}
warm = [0.0, 2e-3]
by_epoch = {"lr": 2e-3, "min_lr": 1e-5, "warmup_epochs": 1, "epochs": 3, "steps_per_epoch": 2}
rates = {"lr_per_step": warm + cosine(2e-3, 1e-5, 4), "wd_per_step": cosine(0.05, 0.1, 6)}

sets = {
    "mae-pretrain-odd": {"config": mae_pretrain},
    "mae-finetune-odd": {"config": mae_finetune, "gradient_of": "loss.soft_target"},
    "mae-finetune-trajectory-odd": {
        "config": mae_finetune | {"global_pool": True},
        "layer_decay": 0.65,
        "optimizer": finetuning,
        "schedule": by_epoch,
        "steps": 6,
        "batch_rule": "step s uses images [(s+i) mod 4 for i in 0..1]",
    },
    "videomae-pretrain-odd": {"config": v1_pretrain},
    "videomae-trajectory-odd": {
        "config": v1_pretrain,
        "init_set": "videomae-pretrain-odd",
        "optimizer": pretraining,
        "schedule": rates,
        "runs": {"noclip": {"clip_grad": None}, "clip0.1": {"clip_grad": 0.1}},
    },
    "videomae-finetune-odd": {"config": v1_finetune, "gradient_of": "loss.soft_target"},
    "videomaev2-pretrain-odd": {"config": v2_pretrain},
    "videomaev2-trajectory-odd": {
        "config": v2_pretrain,
        "optimizer": pretraining,
        "schedule": rates,
        "runs": {"noclip": {"clip_grad": None}, "clip0.02": {"clip_grad": 0.02}},
    },
    "videomaev2-finetune-trajectory-odd": {
        "config": v2_finetune,
        "layer_decay": 0.75,
        "clip_grad": 1.0,
        "label_smoothing": 0.1,
        "optimizer": finetuning,
        "schedule": rates,
        "batch_rule": "step s uses clips [(s+i) mod 4, i<2]",
    },
    "hf-videomae-pretrain-odd": {"config": v1_pretrain, "init_set": "videomae-pretrain-odd"},
    "hf-videomae-finetune-odd": {"config": tall | tower | {"all_frames": 9, "num_classes": 5}},
    "hf-vitmae-pretrain-odd": {"config": mae_pretrain, "init_set": "mae-pretrain-odd"},
    "hf-vitmae-finetune-odd": {"config": mae_finetune, "init_set": "mae-finetune-odd"},
}
sets["hf-videomae-finetune-odd"]["config"]["use_mean_pooling"] = False


def described(kind, meta, random, source):
    """Weights and inputs of a set: new, or those of the set it refers to."""
    config = meta["config"]
    weights = source[0] if source else draw_weights(kind, config, random)
    shared = source and kind.startswith("hf-")
    return weights, source[1] if shared else draw_inputs(kind, config, random)


def compact(tensor):
    return tensor if tensor.is_floating_point() or tensor.dtype == torch.uint8 else tensor.int()


def write(at, meta, weights, inputs, theirs, found):
    at.mkdir(parents=True, exist_ok=True)
    if theirs:
        write_tensors(at / "model.safetensors", to_hugging_face(weights))
        write_json(at / "config.json", theirs)
    elif "init_set" not in meta:
        write_tensors(at / "weights.safetensors", weights)
    if not (theirs and "init_set" in meta):
        write_tensors(at / "inputs.safetensors", inputs)
    write_tensors(at / "outputs.safetensors", {n: compact(t) for n, t in found.items()})


def main(folder):
    drawn = {}
    for seed, (name, meta) in enumerate(sets.items()):
        kind = kind_of(name)
        random = torch.Generator().manual_seed(seed)
        drawn[name] = described(kind, meta, random, drawn.get(meta.get("init_set")))
        theirs = hugging_face_config(kind, meta["config"]) if kind.startswith("hf-") else None
        args = (name, meta | {"hf_config": theirs}, *drawn[name])
        found, exact = (outputs(*args, dtype) for dtype in (torch.float32, torch.float64))
        error = {n: (t - exact[n]).abs().max().item() for n, t in found.items()}
        write(Path(folder) / name, meta, *drawn[name], theirs, found)
        made = {"made_with": "scripts/golden", "torch": torch.__version__, "seed": seed}
        made["f32_vs_f64_max_abs_err"] = max(error.values())
        kept = {k: v for k, v in meta.items() if not theirs or k != "config"}
        write_json(Path(folder) / name / "meta.json", kept | made)
        worst = max(error, key=error.get)
        print(f"{name}: {len(found)} tensors, f32 is within {error[worst]:.1e} of f64 ({worst})")


if __name__ == "__main__":
    main(*sys.argv[1:])
