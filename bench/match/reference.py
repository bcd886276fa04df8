"""PyTorch's side of `npm run bench -- match`: epochs of examples/pytorch's training on the updates that the bench planned.

Usage: python3 bench/match/reference.py FOLDER DATA. Start weights, windows, items of the softmax and the seeds of dropout
come from FOLDER, so that both trainings do the same work. After every epoch the weights that it validates (the moving
average) go to FOLDER/epoch-N.safetensors and a line of JSON to standard output.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "pytorch"))
import model as model_module  # noqa: E402
from batches import HELD_OUT, Sequences, make_batch  # noqa: E402
from columns import Columns, dense, neighbours  # noqa: E402
from data import read_log  # noqa: E402
from evaluate import leave_one_out  # noqa: E402
from model import DENSE, InterestModel  # noqa: E402
from train import Average, Training, rate  # noqa: E402


def uniform(seed: int, first: int, count: int) -> np.ndarray:
    """Draws `first` .. `first + count` of `seededRandom(seed)` of src/evaluate (mulberry32), as 32-bit integers."""
    with np.errstate(over="ignore"):
        steps = np.arange(first + 1, first + count + 1, dtype=np.uint32)
        state = np.uint32(seed) + steps * np.uint32(0x6D2B79F5)
        t = (state ^ (state >> 15)) * (state | np.uint32(1))
        t ^= t + (t ^ (t >> 7)) * (t | np.uint32(61))
        return t ^ (t >> 14)


class SameDropout:
    """Stands for torch.nn.functional in model.py: its dropout takes the masks that src/train/next-item/shard.ts draws."""

    def __init__(self):
        self.masks = []

    def __getattr__(self, name):
        return getattr(functional, name)

    def plan(self, length: np.ndarray, seed: int, shard: int, widths: tuple[int, int], share: float) -> None:
        """Masks of one batch of windows of `length` steps, longest first; input by step, state by window."""
        self.masks = []
        if share == 0:
            return
        B, T = len(length), int(length.max())
        bar, kept = np.uint32(min(share * 2**32, 2**32 - 1)), np.float32(1 / (1 - share))
        masks = [np.ones((B, T, width), np.float32) for width in widths]
        for number, at in enumerate(range(0, B, shard)):
            own = length[at : at + shard]
            row = np.repeat(np.arange(len(own)), own)
            step = np.concatenate([np.arange(n) for n in own])
            by_step = np.lexsort((row, step))
            first = 0
            for mask, width, order in zip(masks, widths, (by_step, np.arange(len(row)))):
                drawn = uniform((seed + number + 1) % 2**32, first, len(row) * width).reshape(-1, width)
                mask[at + row[order], step[order]] = np.where(drawn < bar, np.float32(0), kept)
                first += len(row) * width
        self.masks = [torch.from_numpy(mask) for mask in masks]

    def dropout(self, x, share, training):
        return x * self.masks.pop(0) if training and share > 0 else x


def columns_of(manifest, training, log, users, e):
    """As train.py's make_columns, fitted on `users` alone."""
    kinds = {feature["kind"] for feature in manifest["features"]} & set(DENSE)
    if "neighbours" not in kinds:
        return Columns(manifest, e, None) if kinds else None
    fold = log.folds()
    fit = lambda f: neighbours(  # noqa: E731
        [log.history(u, HELD_OUT) for u in users if fold[u] != f], len(log.ids), **training["neighbours"]
    )
    fits = [fit(f) for f in (0, 1, 2, 3, 4, None)]
    unit = fits[-1][1][fits[-1][0] >= 0].mean()
    return Columns(manifest, e, torch.stack([dense(rows, weights / unit) for rows, weights in fits]))


def main() -> None:
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    config = json.loads((folder / "config.json").read_text())
    names = json.loads((folder / "names.json").read_text())
    manifest, training = config["manifest"], config["training"]
    log = read_log(sys.argv[2], training["minCount"])
    if log.ids != names["items"]:
        raise ValueError("the two sides keep other items of the log")
    row_of = {name: row for row, name in enumerate(log.users)}
    users = np.array([row_of[name] for name in names["users"]])
    validation = sorted(row_of[name] for name in names["validation"])
    data = Sequences.of(log, manifest["kinds"])
    weights = load_file(str(folder / "start.safetensors"))
    e = weights.pop("e")
    model = InterestModel(manifest, e)
    model.load_state_dict(weights)
    module = Training(model, training, columns_of(manifest, training, log, users, e))
    optimiser = torch.optim.Adam(model.parameters(), lr=training["rate"], betas=(0.9, 0.98))
    average = Average(model, training["ema"])
    size, everything = training["batch"], torch.arange(len(log.ids))
    same = model_module.F = SameDropout()
    plans = sorted(folder.glob("plan-*.safetensors"))
    step = 0
    for epoch, file in enumerate(plans):
        plan = load_file(str(file))
        ends = np.cumsum(plan["counts"].numpy())
        seconds, total, count = time.process_time(), 0.0, 0
        model.train()
        carried = model.start(len(log.users))
        for update, end in enumerate(ends):
            part = plan["windows"][end - plan["counts"][update] : end].numpy().astype(np.int64)
            part[:, 0] = users[part[:, 0]]
            chosen = plan["samples"][update].long() if "samples" in plan else everything
            batch = make_batch(data, part)
            fresh = batch.start == 0
            state = [x[batch.users].masked_fill(fresh.view(-1, *[1] * (x.dim() - 1)), 0) for x in carried]
            seed = int(plan["seeds"][update]) % 2**32
            widths = manifest["sizes"]["item"], manifest["sizes"]["hidden"]
            same.plan(part[:, 2], seed, config["shard"], widths, training["dropout"])
            loss, after = module(batch, tuple(state), chosen)
            for group in optimiser.param_groups:
                group["lr"] = rate(training, step, len(ends) * training["epochs"])
            optimiser.zero_grad()
            (loss / (size * training["window"] * training["fill"])).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), training["clip"])
            optimiser.step()
            average.update()
            step += 1
            for x, value in zip(carried, after):
                x[batch.users] = value.detach()
            total, count = total + loss.item(), count + int((batch.target >= 0).sum())
        seconds = time.process_time() - seconds
        with average:
            row = leave_one_out(model, data, validation, HELD_OUT, module.columns)
            save_file({name: value.clone() for name, value in model.state_dict().items()}, folder / f"epoch-{epoch + 1}.safetensors")
        row = {"epoch": epoch + 1, "loss": total / count, "seconds": seconds, "events": count, **row}
        print(json.dumps(row | {"version": torch.__version__}), flush=True)


main()
