"""Writes test/data/models/*: files that hold a model among other things, as trainers leave them.

PyTorch 2.13; each file is a few kB, its tensors are counted up, so that each is known by its value.
"""

import argparse
import functools
import pathlib
import sys
import types
import typing
import typing

import torch

folder = pathlib.Path(__file__).parent.parent / "test" / "data" / "models"
folder.mkdir(exist_ok=True)


def model(prefix="", start=0):
    """The least that is known as a pre-training model of videos: one block, patches of 2x2x2."""
    shapes = {
        "encoder.patch_embed.proj.weight": (2, 3, 2, 2, 2),
        "encoder.blocks.0.mlp.fc1.weight": (4, 2),
        "mask_token": (1, 1, 2),
    }
    return {
        prefix + name: torch.full(shape, float(start + i))
        for i, (name, shape) in enumerate(shapes.items())
    }


def whole(prefix="", positions=0):
    """All tensors of a small model: 6 and 4 wide, patches of 2x4x4, in halves to be small."""
    def block(dim):
        return {
            "norm1.weight": (dim,), "norm1.bias": (dim,),
            "attn.q_bias": (dim,), "attn.v_bias": (dim,), "attn.qkv.weight": (3 * dim, dim),
            "attn.proj.weight": (dim, dim), "attn.proj.bias": (dim,),
            "norm2.weight": (dim,), "norm2.bias": (dim,),
            "mlp.fc1.weight": (2 * dim, dim), "mlp.fc1.bias": (2 * dim,),
            "mlp.fc2.weight": (dim, 2 * dim), "mlp.fc2.bias": (dim,),
        }

    shapes = {
        "encoder.patch_embed.proj.weight": (6, 3, 2, 4, 4),
        "encoder.patch_embed.proj.bias": (6,),
        **{f"encoder.blocks.0.{name}": shape for name, shape in block(6).items()},
        "encoder.norm.weight": (6,), "encoder.norm.bias": (6,),
        "encoder_to_decoder.weight": (4, 6), "mask_token": (1, 1, 4),
        **{f"decoder.blocks.0.{name}": shape for name, shape in block(4).items()},
        "decoder.norm.weight": (4,), "decoder.norm.bias": (4,),
        "decoder.head.weight": (96, 4), "decoder.head.bias": (96,),
    }
    generator = torch.Generator().manual_seed(0)
    return {
        prefix + name: (torch.randn(shape, generator=generator) / 8).half()
        for name, shape in shapes.items()
    }


def save(name, value, **options):
    torch.save(value, folder / name, **options)


@functools.cache
def plain_class(path, base=dict):
    """A class that pickles under another module's name: as its own package would write it."""
    module, name = path.rsplit(".", 1)
    made = type(name, (base,), {"__module__": module})
    parts = module.split(".")
    for i in range(len(parts)):
        sys.modules.setdefault(".".join(parts[: i + 1]), types.ModuleType(parts[i]))
    setattr(sys.modules[module], name, made)
    return made


def omega(value):
    """OmegaConf's containers: attributes `_content` and `_metadata`; leaves keep `_val`."""
    kind = "dictconfig.DictConfig" if isinstance(value, dict) else "nodes.AnyNode"
    made = plain_class(f"omegaconf.{kind}", object)()
    metadata = plain_class("omegaconf.base.ContainerMetadata", object)()
    metadata.__dict__.update(ref_type=typing.Any, object_type=dict, key_type=int, optional=True)
    if isinstance(value, dict):
        content = {key: omega(item) for key, item in value.items()}
        made.__dict__.update(_metadata=metadata, _parent=None, _content=content)
        for item in content.values():
            item.__dict__["_parent"] = made
    else:
        made.__dict__.update(_metadata=metadata, _parent=None, _val=value)
    return made


authors = argparse.Namespace(
    model="pretrain_videomae_base_patch16_224",
    num_frames=8,
    input_size=64,
    tubelet_size=2,
    patch_size=(16, 16),
    window_size=(4, 4, 4),
    mask_type="tube",
    mask_ratio=0.75,
    normlize_target=False,
    decoder_depth=4,
    sampling_rate=2,
    output_dir=pathlib.PosixPath("out"),
)

beside = {"criterion.weight": torch.ones(3), "metric.total": torch.tensor(5)}
compiled = {
    name.replace("encoder.", "encoder._orig_mod."): tensor for name, tensor in model("net.").items()
}
trainer = {
    "epoch": 3,
    "pytorch-lightning_version": "2.5.0",
    "loops": {"fit_loop": {"state_dict": {}}},
    "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(2)}}, "param_groups": []}],
}

save("authors.pth", {"model": model(), "args": authors, "epoch": 9})
save("lightning.ckpt", {**trainer, "state_dict": {**model("model."), **beside}, "hyper_parameters": {"lr": 1e-3}})
save(
    "hparams.ckpt",
    {
        "state_dict": model("model."),
        "hyper_parameters": plain_class("lightning.fabric.utilities.data.AttributeDict")(
            args=authors, lr=1e-3
        ),
    },
)
save(
    "hydra.ckpt",
    {
        "state_dict": model("model."),
        "hyper_parameters": {
            "cfg": omega({"model": {"name": "videomaev2-s", "num_frames": 32}, "data": {"img_size": 96}})
        },
    },
)
save("compiled.pth", {"state": {"model": {**compiled, "net.projector.weight": torch.ones(2)}}})
save("average.pth", {"model": model(start=0), "model_ema": model(start=10), "optimizer": {"exp_avg": model()}})
save("pair.pth", {"student": model("module.backbone."), "teacher": model("backbone.", 20)})
save("pair-in-one.pth", {"state_dict": {**model("student."), **model("teacher.", 20)}})
save("swa.pth", {"module." + k: v for k, v in model().items()} | {"n_averaged": torch.tensor(7)})
save("shadow.pth", {"decay": 0.999, "shadow_params": [torch.ones(2)], "num_updates": 5})
save("legacy-form.pth", {"net": model("_orig_mod.module.")}, _use_new_zipfile_serialization=False)

said = argparse.Namespace(
    model="pretrain_videomae_tiny",
    num_frames=6,
    input_size=24,
    tubelet_size=2,
    mask_type="tube",
    mask_ratio=0.5,
    normlize_target=False,
    sampling_rate=1,
)
save("whole.pth", {"model": whole(), "args": said})
save("whole.ckpt", {"state_dict": {**whole("model."), **beside}, "hyper_parameters": {"lr": 1e-3}})
save("whole-pair.pth", {"student": whole(), "teacher": whole()})
save("sparse.pth", {"model": {"a": torch.eye(2).to_sparse()}})
save("quantised.pth", {"model": {"a": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}})
torch.jit.save(torch.jit.trace(torch.nn.Linear(1, 1), torch.ones(1, 1)), folder / "script.pt")
