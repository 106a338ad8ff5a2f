"""One training step of the small transformer in PyTorch."""
import argparse

from block import Block, F, nn, torch, train

parser = argparse.ArgumentParser()
for name, default in (("steps", 20), ("warmup", 3), ("threads", 2)):
    parser.add_argument(f"--{name}", type=int, default=default)
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(0)

BATCH, TOKENS, PIXELS, DIM = 4, 160, 1536, 192
model = nn.Sequential(
    nn.Linear(PIXELS, DIM),
    *[Block(DIM, heads=3, hidden=768, eps=1e-5) for _ in range(4)],
    nn.LayerNorm(DIM),
    nn.Linear(DIM, PIXELS),
)
x, y = torch.randn(BATCH, TOKENS, PIXELS), torch.randn(BATCH, TOKENS, PIXELS)
train(model, lambda x, y: F.mse_loss(model(x), y), lambda: (x, y), args, learning_rate=1e-3)
