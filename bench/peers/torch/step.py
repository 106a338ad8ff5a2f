"""One pre-training step of a preset in plain PyTorch: targets, forward, loss, backward, AdamW.

Like the authors' code it embeds every patch and then drops the hidden ones; like ours it decodes
only what the loss needs. Without class tokens, whose cost is below a percent.
"""
import argparse

from block import Block, F, nn, torch, train

ENCODERS = {"s": (384, 12, 6), "b": (768, 12, 12)}
DECODERS = {"s": (192, 4, 3), "b": (384, 4, 6)}  # of the video models
MAE_DECODER = (512, 8, 16)
PATCH, SIDE, FRAMES = 16, 14, 8

parser = argparse.ArgumentParser()
parser.add_argument("model", help="mae-b, videomae-{s,b} or videomaev2-{s,b}")
for name, default in (("batch", 1), ("steps", 5), ("warmup", 2), ("threads", 2)):
    parser.add_argument(f"--{name}", type=int, default=default)
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(0)

system, size = args.model.split("-")
video = system != "mae"
frames = FRAMES if video else 1
tokens = frames * SIDE * SIDE
pixels = PATCH * PATCH * 3 * (2 if video else 1)


def tower(dim, depth, heads):
    return nn.Sequential(*[Block(dim, heads, 4 * dim, 1e-6) for _ in range(depth)])


def rows(table, index):
    """Rows of table [B, N, D] at index [B, K]."""
    return table.gather(1, index[..., None].expand(-1, -1, table.shape[-1]))


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        encoder, decoder = ENCODERS[size], DECODERS[size] if video else MAE_DECODER
        dim, width = encoder[0], decoder[0]
        self.embed = nn.Linear(pixels, dim)
        self.encoder, self.norm = tower(*encoder), nn.LayerNorm(dim, eps=1e-6)
        self.project = nn.Linear(dim, width, bias=False)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width))
        self.decoder, self.decoder_norm = tower(*decoder), nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, pixels)
        self.register_buffer("positions", torch.randn(1, tokens, dim))
        self.register_buffer("decoder_positions", torch.randn(1, tokens, width))

    def forward(self, patches, visible, targets):
        x = rows(self.embed(patches) + self.positions, visible)
        x = self.project(self.norm(self.encoder(x)))
        places = self.decoder_positions.expand(len(patches), -1, -1)
        seen, hidden = x + rows(places, visible), self.mask_token + rows(places, targets)
        x = self.decoder(torch.cat([seen, hidden], 1))[:, -targets.shape[1] :]
        return F.mse_loss(self.head(self.decoder_norm(x)), normalised(rows(patches, targets)))


def normalised(patches):
    """Each colour of each patch with mean 0 and standard deviation 1."""
    colours = patches.unflatten(2, (-1, 3))
    deviation = colours.var(2, keepdim=True).sqrt() + 1e-6
    return ((colours - colours.mean(2, keepdim=True)) / deviation).flatten(2)


def tube():
    """Visible tokens of a tube mask at 0.9 (a random mask at 0.75 for pictures), ascending."""
    area = SIDE * SIDE
    kept = torch.randperm(area)[: area - int(0.9 * area) if video else area // 4].sort().values
    return (torch.arange(frames)[:, None] * area + kept).flatten()


def running_cell():
    """Half of the tokens: two of every 2 x 2 cell, moving on with each frame."""
    t = torch.arange(frames)[:, None, None]
    y, x = torch.arange(SIDE)[:, None], torch.arange(SIDE)
    turn = torch.tensor([0, 1, 3, 2])[(y % 2) * 2 + x % 2]
    return ((turn + t) % 4 < 2).flatten().nonzero().flatten()


def draw():
    visible = tube()
    hidden = torch.ones(tokens, dtype=torch.bool)
    hidden[visible] = False
    targets = running_cell() if system == "videomaev2" else hidden.nonzero().flatten()
    return patches, visible.expand(args.batch, -1), targets.expand(args.batch, -1)


patches = torch.rand(args.batch, tokens, pixels)
model = Autoencoder()
train(model, model, draw, args, learning_rate=1e-4)
