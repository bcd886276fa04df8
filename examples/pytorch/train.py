"""Trains a Homebody model by next-item cross-entropy and writes its folder.

    torchrun --nproc-per-node N train.py --config configs/movielens-1m.json --data DIR --text text.safetensors --out DIR

Every process reads the whole log and goes through the same batches, of which it takes each N-th window; gradients are
averaged by DistributedDataParallel, so that N processes train as one does. gloo on CPUs, nccl on GPUs."""

import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from batches import HELD_OUT, Sequences, batches_of, epoch_windows, make_batch
from columns import Columns, dense, neighbours
from data import read_log
from evaluate import leave_one_out
from folder import write_folder
from loss import Softmax
from model import CONTEXT, DENSE, InterestModel
from text import half_whitening, read_text, whiten


class Training(nn.Module):
    """The loss of one batch; what DistributedDataParallel wraps."""

    def __init__(self, model, config, columns):
        super().__init__()
        self.model, self.config, self.columns = model, config, columns

    def forward(self, batch, state, chosen):
        """Loss summed over the targets and the state after the windows; `chosen` [K] the items of the softmax."""
        config = self.config
        q = self.model.items()
        v, table, a, after = self.model(q, batch, state, config["dropout"], config["itemdrop"])
        size = len(chosen)
        place = torch.full((len(q),), size, device=q.device).scatter_(0, chosen, torch.arange(size, device=q.device))
        banned = None
        if config["maskSeen"]:
            nothing = torch.zeros(len(batch.item), size + 1, dtype=torch.bool, device=q.device)
            banned = nothing.scatter_(1, place[batch.before], True)
        columns = self.columns(batch, chosen) if self.columns else None
        by_step = (x.transpose(0, 1).contiguous() for x in (v, a, batch.target, batch.item))
        v, a, target, item = by_step
        return Softmax.apply(v, table, a, target, chosen, place, columns, banned, item), after


class Average:
    """Exponential moving average of the weights: what is validated and written."""

    def __init__(self, model, decay: float):
        self.model, self.decay, self.count = model, decay, 0
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self):
        self.count += 1
        decay = min(self.decay, (1 + self.count) / (10 + self.count))
        for name, value in self.model.state_dict().items():
            self.weights[name].lerp_(value, 1 - decay)

    def __enter__(self):
        self.kept = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(self.weights)

    def __exit__(self, *_):
        self.model.load_state_dict(self.kept)


def rate(config, step: int, steps: int) -> float:
    """Linear warm-up, then a half cosine down to a fiftieth."""
    warm = min(1.0, (step + 1) / config["warmup"])
    return config["rate"] * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def make_columns(manifest, config, log, e, fold):
    """The dense columns, with neighbours fitted without each fold of users in turn; (columns, (rows, weights))."""
    kinds = {feature["kind"] for feature in manifest["features"]} & set(DENSE)
    if "neighbours" not in kinds:
        return (Columns(manifest, e, None) if kinds else None), None
    histories = [log.history(user, HELD_OUT) for user in range(len(log.users))]
    fit = lambda f: neighbours([h for u, h in enumerate(histories) if fold[u] != f], len(log.ids), **config["neighbours"])  # noqa: E731
    fits = [fit(f) for f in (0, 1, 2, 3, 4, None)]
    unit = fits[-1][1][fits[-1][0] >= 0].mean()
    tables = torch.stack([dense(rows, weights / unit) for rows, weights in fits]).to(e.device)
    return Columns(manifest, e, tables), (fits[-1][0], fits[-1][1] / unit)


def start_of(model, config, log) -> None:
    """Where the gate and the popularity bias start."""
    counts = np.bincount(np.concatenate([log.history(u, HELD_OUT) for u in range(len(log.users))]), minlength=len(log.ids))
    with torch.no_grad():
        model.gate.bias.copy_(torch.tensor(config["start"], dtype=torch.float32) / model.scale.cpu())
        model.bias.copy_(torch.from_numpy(np.log1p(counts) - np.log1p(counts).mean()) * config["popularity"])


def begin_from(model, path: Path) -> None:
    """Weights of an earlier run whose features are the first ones of this model's; the others keep their start."""
    for name, value in torch.load(path / "best.pt", weights_only=False)["model"].items():
        mine = model.state_dict()[name]
        mine[: len(value)].copy_(value) if name.startswith("gate.") else mine.copy_(value)


def train(args, config, rank: int, world: int, device) -> None:
    manifest, training = config["manifest"], config["training"]
    torch.manual_seed(training["seed"])
    rng = np.random.default_rng(training["seed"])
    log = read_log(args.data, training["minCount"])
    users = rng.permutation(len(log.users))[: args.users or None]
    data = Sequences.of(log, manifest["kinds"])
    raw = read_text(args.text, log.ids)
    whitening = half_whitening(raw, manifest["sizes"]["embedding"])
    e = torch.from_numpy(whiten(raw, whitening)).to(device)
    model = InterestModel(manifest, e).to(device)
    start_of(model, training, log)
    if args.begin:
        begin_from(model, Path(args.begin))
    columns, near = make_columns(manifest, training, log, e, data.fold.numpy())
    module = Training(model, training, columns)
    if world > 1:
        module = DistributedDataParallel(module, broadcast_buffers=False)
    torch.manual_seed(training["seed"] + 1000 * rank)
    optimiser = torch.optim.Adam(model.parameters(), lr=training["rate"], betas=(0.9, 0.98))
    average = Average(model, training["ema"])
    size, n = training["batch"], len(log.ids)
    epochs = training["epochs"] if args.epochs is None else args.epochs
    steps = epochs * math.ceil(len(epoch_windows(data, training["window"], np.random.default_rng(0), users)) / size)
    step, first, curve, best = 0, 0, [], -1.0
    def judge(everyone: bool) -> dict[str, float]:
        chosen = sorted(users) if everyone else sorted(users)[:: max(1, len(users) // training["validate"])]
        return leave_one_out(model, data, chosen, HELD_OUT, columns)

    def keep(row) -> None:
        torch.save({"model": model.state_dict(), "row": row}, out / "best.pt")
        write_folder(out / "model", model, describe(manifest, config, args), log.ids, whitening, near)

    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    if args.resume and (out / f"checkpoint-{rank}.pt").exists():
        saved = torch.load(out / f"checkpoint-{rank}.pt", weights_only=False)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        average.weights, average.count = saved["average"], saved["step"]
        step, first, curve, best = saved["step"], saved["epoch"], saved["curve"], saved["best"]
        rng.bit_generator.state = saved["numpy"]
        torch.set_rng_state(saved["torch"])
    if epochs == 0 and rank == 0:
        # Nothing to train: --begin's weights with the starts of the columns it lacked.
        keep(judge(True))
    for epoch in range(first, min(epochs, args.stop or epochs)):
        began, total, count = time.time(), 0.0, 0
        model.train()
        carried = [part.cpu() for part in model.start(len(log.users))]
        windows = epoch_windows(data, training["window"], rng, users)
        for part in batches_of(windows, size, rng):
            chosen = torch.from_numpy(np.sort(rng.permutation(n)[: training["negatives"] or n])).to(device)
            whole = make_batch(data, part)
            fresh = whole.start == 0
            state = [x[whole.users].masked_fill(fresh.view(-1, *[1] * (x.dim() - 1)), 0) for x in carried]
            mine = slice(rank, None, world)
            batch = make_batch(data, part[mine]) if world > 1 else whole
            loss, after = module(batch.to(device), tuple(x[mine].to(device) for x in state), chosen)
            for group in optimiser.param_groups:
                group["lr"] = rate(training, step, steps)
            optimiser.zero_grad()
            (loss * world / (size * training["window"] * training["fill"])).backward()
            nn.utils.clip_grad_norm_(model.parameters(), training["clip"])
            optimiser.step()
            average.update()
            step += 1
            for x, value in zip(carried, after):
                x[whole.users] = gathered(value.detach().cpu(), len(part), rank, world)
            total, count = total + loss.item(), count + int((batch.target >= 0).sum())
        if world > 1:
            sums = torch.tensor([total, count], device=device)
            dist.all_reduce(sums)
            total, count = sums.tolist()
        row = {"epoch": epoch + 1, "loss": total / count, "seconds": round(time.time() - began, 1)}
        if rank == 0:
            with average:
                row |= judge(epoch + 1 == epochs)
                if row["ndcg@10"] > best:
                    best = row["ndcg@10"]
                    keep(row)
            curve.append(row)
            print(json.dumps(row), flush=True)
            (out / "curve.json").write_text(json.dumps(curve, indent=1))
        if world > 1:
            dist.barrier()
        saved = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average.weights,
                 "step": step, "epoch": epoch + 1, "curve": curve, "best": best,
                 "numpy": rng.bit_generator.state, "torch": torch.get_rng_state()}  # fmt: skip
        torch.save(saved, out / f"checkpoint-{rank}.tmp")
        os.replace(out / f"checkpoint-{rank}.tmp", out / f"checkpoint-{rank}.pt")


def gathered(value: torch.Tensor, rows: int, rank: int, world: int) -> torch.Tensor:
    """[rows, ...] of all processes from each one's every `world`-th row: a user's next window may lie in any of them."""
    if world == 1:
        return value
    most = math.ceil(rows / world)
    padded = torch.cat([value, value.new_zeros(most - len(value), *value.shape[1:])])
    parts = [torch.empty_like(padded) for _ in range(world)]
    dist.all_gather(parts, padded)
    return torch.stack(parts, 1).reshape(most * world, *value.shape[1:])[:rows]


def describe(manifest, config, args) -> dict:
    """The whole `model.json`, but for `files`."""
    training = config["training"]
    begin = f" --begin {args.begin}" if args.begin else ""
    epochs = "" if args.epochs is None else f" --epochs {args.epochs}"
    changes = f" --set {' '.join(args.set)}" if args.set else ""
    command = f"examples/pytorch/train.py --config {Path(args.config).name}{begin}{epochs}{changes}"
    about = {**config["about"], "command": command, "seed": training["seed"]}
    sizes = manifest["sizes"]
    sizes = {**sizes, "input": sizes["item"] + sizes["type"] + CONTEXT}
    fixed = {"format": 1, "whitening": True, "conversion": False, "metrics": [], "files": {}}
    dwell = {"missing": 1, "floor": 0.25, "ceiling": 1.8, "half": 20}
    return {**fixed, "dwell": dwell, **manifest, "sizes": sizes, "training": {"folds": "leave-one-out", **about}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True)
    parser.add_argument("--data", required=True, help="folder with items.csv and events.csv[.gz]")
    parser.add_argument("--text", required=True, help="raw text embeddings, as embed.ts writes them")
    parser.add_argument("--out", required=True, help="gets model/, curve.json, best.pt and checkpoints")
    parser.add_argument("--begin", help="--out of an earlier run to go on from")
    parser.add_argument("--resume", action="store_true", help="go on from --out's checkpoint")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--stop", type=int, help="end after so many epochs of the schedule; --resume goes on")
    parser.add_argument("--users", type=int, help="train on so many users")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=JSON", help="change a value of the config's training")
    args = parser.parse_args()
    config = json.loads(Path(args.config).read_text())
    for pair in args.set:
        name, value = pair.split("=", 1)
        config["training"][name] = json.loads(value)
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if gpu else torch.device("cpu")
    if gpu:
        torch.cuda.set_device(device)
    if world > 1:
        dist.init_process_group("nccl" if gpu else "gloo")
    try:
        train(args, config, rank, world, device)
    finally:
        if world > 1:
            dist.destroy_process_group()


if __name__ == "__main__":
    main()
