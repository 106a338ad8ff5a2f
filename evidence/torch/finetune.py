"""VideoMAE's fine-tuning in PyTorch, written from the papers and the reference code's facts.

finetune.py FOLDER SETTINGS: reads weights.safetensors and data.safetensors in FOLDER, prints one
JSON object with the test accuracy in percent and the mean losses of every ten steps.
"""
import json
import math
import struct
import sys

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def load(path):
    """The flat tensors of a safetensors file."""
    types = {"F32": torch.float32, "I32": torch.int32, "U8": torch.uint8}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = torch.frombuffer(data[begin:end], dtype=types[entry["dtype"]])
    return tensors


def sinusoid_table(count, dim):
    position = torch.arange(count, dtype=torch.float64)[:, None]
    angle = position / torch.pow(10000, 2 * (torch.arange(dim) // 2) / dim)
    angle[:, 0::2], angle[:, 1::2] = angle[:, 0::2].sin(), angle[:, 1::2].cos()
    return angle.float()[None]


class DropPath(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.keep = 1 - rate

    def forward(self, x):
        if not self.training or self.keep == 1:
            return x
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        return x * torch.empty(shape).bernoulli_(self.keep) / self.keep


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.q_bias, self.v_bias = nn.Parameter(torch.zeros(dim)), nn.Parameter(torch.zeros(dim))
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        batch, count, dim = x.shape
        bias = torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
        qkv = F.linear(x, self.qkv.weight, bias)
        q, k, v = qkv.reshape(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        x = ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).softmax(-1) @ v
        return self.proj(x.transpose(1, 2).reshape(batch, count, dim))


class Mlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, dim, heads, hidden, drop_path):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim, eps=1e-6), Attention(dim, heads)
        self.norm2, self.mlp = nn.LayerNorm(dim, eps=1e-6), Mlp(dim, hidden)
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        x = x + self.drop_path(self.attn(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class PatchEmbed(nn.Module):
    def __init__(self, dim, tubelet, patch):
        super().__init__()
        size = (tubelet, patch, patch)
        self.proj = nn.Conv3d(3, dim, kernel_size=size, stride=size)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Classifier(nn.Module):
    def __init__(self, s):
        super().__init__()
        dim, depth = s["dim"], s["depth"]
        self.patch_embed = PatchEmbed(dim, s["tubelet"], s["patchSize"])
        count = (s["frames"] // s["tubelet"]) * (s["imageSize"] // s["patchSize"]) ** 2
        self.positions = sinusoid_table(count, dim)
        rates = torch.linspace(0, s["dropPath"], depth).tolist()
        blocks = [Block(dim, s["heads"], s["mlpHidden"], rate) for rate in rates]
        self.blocks = nn.ModuleList(blocks)
        self.fc_norm, self.head = nn.LayerNorm(dim, eps=1e-6), nn.Linear(dim, s["classes"])

    def forward(self, x):
        x = self.patch_embed(x) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.fc_norm(x.mean(1)))


def pixels(clips):
    """[B, T, H, W, 3] of u8 to normalised [B, 3, T, H, W]."""
    return ((clips.float() / 255 - MEAN) / STD).permute(0, 4, 1, 2, 3)


def shifted(clip, dx, dy):
    """Moves [T, H, W, 3] by whole pixels; what leaves comes in at the opposite edge."""
    return clip.roll((dy, dx), dims=(1, 2))


def rate_at(step, s):
    if step < s["warmup"]:
        return s["rate"] * step / max(s["warmup"] - 1, 1)
    done = (step - s["warmup"]) / (s["steps"] - s["warmup"])
    return 0.5 * s["rate"] * (1 + math.cos(math.pi * done))


def groups_of(model, decay):
    """Biases and vectors are not decayed."""
    named = list(model.named_parameters())
    return [
        {"params": [p for _, p in named if p.ndim > 1], "weight_decay": decay},
        {"params": [p for _, p in named if p.ndim == 1], "weight_decay": 0.0},
    ]


def main(folder, s):
    torch.manual_seed(s["seed"])
    data, weights = load(f"{folder}/data.safetensors"), load(f"{folder}/weights.safetensors")
    model = Classifier(s)
    own = model.state_dict()
    model.load_state_dict({name: weights[name].reshape(own[name].shape) for name in own})
    shape = (-1, s["frames"], s["imageSize"], s["imageSize"], 3)
    clips, labels = data["train.clips"].reshape(shape), data["train.labels"].long()
    draws = data["draws"].reshape(s["steps"], s["batch"], 3).tolist()
    optimizer = torch.optim.AdamW(groups_of(model, s["weightDecay"]), betas=(0.9, 0.999), eps=1e-8)
    losses = []
    model.train()
    for step, samples in enumerate(draws):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, s)
        batch = torch.stack([shifted(clips[clip], dx, dy) for clip, dx, dy in samples])
        target = labels[[clip for clip, _, _ in samples]]
        loss = F.cross_entropy(model(pixels(batch)), target, label_smoothing=s["smoothing"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    test, answers = data["test.clips"].reshape(shape), data["test.labels"].long()
    with torch.no_grad():
        found = torch.cat([model(pixels(part)).argmax(1) for part in test.split(64)])
    print(json.dumps({
        "version": torch.__version__,
        "test": 100 * (found == answers).float().mean().item(),
        "losses": [sum(losses[i : i + 10]) / 10 for i in range(0, len(losses) - 9, 10)],
    }))


main(sys.argv[1], json.loads(sys.argv[2]))
