"""Holds these computations against sets of the authors' code: python check.py FOLDER.

Prints, for each set, the largest difference as a share of what is allowed.
"""

import sys
from pathlib import Path

import torch

from compute import kind_of, outputs
from files import read_json, read_tensors
from hugging_face import to_hugging_face


def allowed(name, golden):
    largest = golden.abs().max().item() or 1
    if "final." in name:
        return 2e-5
    if "grad" in name:
        return 2e-5 * largest
    return 1e-5 * largest if "loss" in name or name == "lr" else 2e-5


def share(name, ours, golden, trajectory):
    if ours is None or ours.shape != golden.shape:
        return float("inf")
    apart = (ours - golden.double()).abs()
    if trajectory and name.endswith("qkv.bias"):  # The key's part is moved by rounding alone.
        apart = torch.stack([apart.chunk(3)[i] for i in (0, 2)])
    return apart.max().item() / allowed(name, golden.double())


def check(at):
    meta = read_json(at / "meta.json")
    theirs = at.name.startswith("hf-")
    source = at.parent / meta.get("init_set", at.name.removeprefix("hf-"))
    weights = read_tensors((source if theirs or "init_set" in meta else at) / "weights.safetensors")
    inputs = read_tensors((source if theirs else at) / "inputs.safetensors")
    if theirs:
        meta["hf_config"] = read_json(at / "config.json")
        require_equal(to_hugging_face(weights), read_tensors(at / "model.safetensors"))
    golden = read_tensors(at / "outputs.safetensors")
    ours = outputs(at.name, meta, weights, inputs, torch.float64)
    trajectory = "trajectory" in kind_of(at.name)
    shares = {n: share(n, ours.get(n), g, trajectory) for n, g in golden.items()}
    worst = max(shares, key=shares.get)
    print(f"{at.name}: {len(golden)} tensors, {shares[worst]:.2g} of what is allowed ({worst})")


def require_equal(ours, golden):
    assert ours.keys() == golden.keys(), sorted(ours.keys() ^ golden.keys())
    for name, tensor in golden.items():
        assert torch.equal(ours[name], tensor), name


for path in sorted(Path(sys.argv[1]).glob("*/outputs.safetensors")):
    check(path.parent)
