"""PyTorch's side of `npm run bench -- training`: updates of examples/pytorch on the batch that the bench wrote.

Usage: python3 bench/training/reference.py FOLDER. For every line on standard input it makes one update and answers with one
JSON line: the mean loss before the update, seconds, and seconds on a processor.
"""

import json
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "pytorch"))
from batches import Batch  # noqa: E402
from model import InterestModel  # noqa: E402
from train import Training  # noqa: E402

torch.set_num_threads(1)
folder = Path(sys.argv[1])
config = json.loads((folder / "config.json").read_text())
tensors = load_file(str(folder / "batch.safetensors"))
weights = load_file(str(folder / "weights.safetensors"))
model = InterestModel(config["manifest"], weights.pop("e"))
model.load_state_dict(weights)
B, T = tensors["item"].shape
item = tensors["item"].long()
batch = Batch(
    users=torch.arange(B),
    start=torch.zeros(B, dtype=torch.long),
    length=torch.full((B,), T),
    item=item,
    target=tensors["target"].long(),
    context=tensors["context"],
    weight=torch.ones(B, T),
    elapsed=torch.zeros(B, T),
    clock=torch.zeros(B, T + 1, dtype=torch.float64),
    fold=torch.zeros(B, dtype=torch.long),
    before=item[:, :1],
)
training = Training(model, {"dropout": 0.0, "itemdrop": 0.0, "maskSeen": True}, None)
optimiser = torch.optim.Adam(model.parameters(), lr=config["rate"], betas=(0.9, 0.98))
chosen = tensors["chosen"].long()
print(json.dumps({"version": torch.__version__}), flush=True)
for _ in sys.stdin:
    began, used = time.perf_counter(), time.process_time()
    loss, _ = training(batch, model.start(B), chosen)
    optimiser.zero_grad()
    (loss / (B * T)).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    answer = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}
    print(json.dumps({"loss": loss.item() / (B * T), **answer}), flush=True)
