"""Makes the small .pth files of test/data with PyTorch itself, in both of its forms.

    python packages/checkpoint/scripts/make-pth.py

Beside them it leaves expected.json: for each file its tensors' types, shapes and elements.
"""

import argparse
import collections
import json
import os
import pathlib
import sys
import types

import torch

folder = pathlib.Path(__file__).parent.parent / "test" / "data"
folder.mkdir(exist_ok=True)
expected = {}


def dtype_name(tensor):
    names = {"float": "F", "bfloat": "BF", "int": "I", "uint": "U"}
    name = str(tensor.dtype).removeprefix("torch.")
    if name == "bool":
        return "BOOL"
    if name.startswith("float8"):
        return "F8_E4M3" if "e4m3" in name else "F8_E5M2"
    letters = name.rstrip("0123456789")
    return names[letters] + name[len(letters) :]


def save(name, value, tensors, **options):
    """Saves in both forms."""
    for suffix, zip_form in (("zip", True), ("legacy", False)):
        torch.save(
            value,
            folder / f"{name}.{suffix}.pth",
            _use_new_zipfile_serialization=zip_form,
            **options,
        )
    expected[name] = {
        key: {
            "dtype": dtype_name(t),
            "shape": list(t.shape),
            "values": t.detach().to(torch.float32).reshape(-1).tolist(),
        }
        for key, t in tensors.items()
    }


def every_type():
    floats = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
    small = [torch.float8_e4m3fn, torch.float8_e5m2]
    signed = [torch.int64, torch.int32, torch.int16, torch.int8]
    unsigned = [torch.uint64, torch.uint32, torch.uint16, torch.uint8]
    values = torch.tensor([[0.0, 1.0, 2.0], [3.0, 64.0, 120.0]])
    tensors = {str(t)[6:]: values.to(t) for t in floats + small + signed + unsigned}
    for t in floats + signed:
        tensors[f"negative.{str(t)[6:]}"] = torch.tensor([-1.0, -2.0]).to(t)
    tensors["bool"] = torch.tensor([True, False, True])
    save("every-type", tensors, tensors)


def views():
    base = torch.arange(24, dtype=torch.float32)
    halves = torch.arange(120).reshape(2, 3, 4, 5).to(torch.float16)
    tensors = {
        "whole": base,
        "shaped": base.view(2, 3, 4),
        "offset": base[5:9],
        "transposed": base.view(4, 6).t(),
        "permuted": base.view(2, 3, 4).permute(2, 0, 1),
        "every.other": base[::2],
        "column": base.view(4, 6)[:, 3],
        "expanded": base[7:8].expand(3, 2),
        "scalar": base[11],
        "empty": base[3:3],
        "none.of.many": torch.zeros(0, 4),
        "channels.last": halves.contiguous(memory_format=torch.channels_last),
        "doubles": torch.arange(6, dtype=torch.float64).view(2, 3).t(),
        "bytes": torch.arange(6, dtype=torch.uint8).view(2, 3).t(),
    }
    save("views", tensors, tensors)


class FakeNumPy:
    """NumPy's way of pickling a scalar, without NumPy: only the names must be right."""

    def __init__(self, code, data):
        self.code, self.data = code, data

    def __reduce__(self):
        return sys.modules["numpy.core.multiarray"].scalar, (FakeType(self.code), self.data)


class FakeType:
    def __init__(self, code):
        self.code = code

    def __reduce__(self):
        state = (3, "<", None, None, None, -1, -1, 0)
        return sys.modules["numpy"].dtype, (self.code, False, True), state


class FakeArray:
    def __init__(self, code, shape, data):
        self.code, self.shape, self.data = code, shape, data

    def __reduce__(self):
        core = sys.modules["numpy.core.multiarray"]
        arguments = (sys.modules["numpy"].ndarray, (0,), b"b")
        return core._reconstruct, arguments, (1, self.shape, FakeType(self.code), False, self.data)


def fake_numpy():
    numpy, core, multiarray = (
        types.ModuleType(name) for name in ("numpy", "numpy.core", "numpy.core.multiarray")
    )

    def dtype(*_):
        pass

    class ndarray:
        __module__ = "numpy"
        __qualname__ = "ndarray"

    def scalar(*_):
        pass

    def _reconstruct(*_):
        pass

    for function in (scalar, _reconstruct):
        function.__module__ = "numpy.core.multiarray"
        function.__qualname__ = function.__name__
        setattr(multiarray, function.__name__, function)
    dtype.__module__, dtype.__qualname__ = "numpy", "dtype"
    numpy.dtype, numpy.ndarray, numpy.core, core.multiarray = dtype, ndarray, core, multiarray
    sys.modules.update(
        {"numpy": numpy, "numpy.core": core, "numpy.core.multiarray": multiarray}
    )


def training():
    """A checkpoint as the originals' training loops leave it."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        collections.OrderedDict(fc1=torch.nn.Linear(3, 4), fc2=torch.nn.Linear(4, 2))
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95))
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    fake_numpy()
    args = argparse.Namespace(
        lr=1e-3,
        betas=(0.9, 0.95),
        output_dir=pathlib.PosixPath("/tmp/out"),
        distributed=False,
        big=2**80,
        negative=-(2**40),
        names={"a", "b"},
        nothing=None,
        raw=b"\x00\xff",
    )
    value = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "epoch": 7,
        "scaler": {"scale": 65536.0, "_growth_tracker": 3},
        "args": args,
        "best": FakeNumPy("f8", b"\x00\x00\x00\x00\x00\x00\xf8\x3f"),
        "counts": FakeArray("i4", (2,), b"\x01\x00\x00\x00\x02\x00\x00\x00"),
        "defaults": collections.defaultdict(list, {"k": [1]}),
        "device": torch.device("cpu"),
        "dtype": torch.float16,
        "size": torch.Size([2, 3]),
    }
    save("training", value, model.state_dict())
    save("protocol-4", value, model.state_dict(), pickle_protocol=4)


def parameters():
    """A bare dictionary of parameters, one of them a subclass with attributes."""
    marked = torch.nn.Parameter(torch.arange(3.0))
    marked.note = "kept"
    tensors = {"plain": torch.nn.Parameter(torch.ones(2)), "marked": marked}
    save("parameters", tensors, tensors)


class Shell:
    def __reduce__(self):
        return os.system, ("touch /tmp/tubelet-was-here",)


def hostile():
    save("hostile", {"model": {"a": torch.ones(1)}, "x": Shell()}, {})


every_type()
views()
parameters()
training()
hostile()
(folder / "expected.json").write_text(json.dumps(expected) + "\n")
