"""Scores of a model folder after every user's whole history: `python score.py --model DIR --data DIR --out scores.safetensors`.
With `--random MANIFEST.json --text FILE` the folder is first written with random weights, for the test of equal outputs."""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from batches import Sequences
from columns import Columns, dense
from data import read_log
from evaluate import last_scores
from folder import NEIGHBOURS, read_folder, write_folder
from model import InterestModel
from text import half_whitening, read_text, whiten


def scores(model_path, log) -> np.ndarray:
    """[users, n]"""
    model, q, ids, near = read_folder(model_path)
    if ids != log.ids:
        raise ValueError("the log's items are not the catalogue's")
    table = dense(*near, dtype=np.float32)[None] if near else None
    columns = Columns(model.manifest, model.e, table)
    data = Sequences.of(log, model.manifest["kinds"])
    users = [u for u in range(len(log.users)) if log.offsets[u + 1] > log.offsets[u]]
    length = [int(log.offsets[u + 1] - log.offsets[u]) for u in users]
    return last_scores(model, q, data, users, length, columns if columns.specs else None).numpy()


def write_random(path, manifest, text, log, seed: int) -> None:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    raw = read_text(text, log.ids)
    whitening = half_whitening(raw, manifest["sizes"]["embedding"])
    model = InterestModel(manifest, torch.from_numpy(whiten(raw, whitening).astype(np.float32)))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.4)
    n = len(log.ids)
    near = np.stack([rng.permutation(n)[:NEIGHBOURS] for _ in range(n)]), rng.random((n, NEIGHBOURS), np.float32)
    near[0][:, 5:] = np.where(rng.random((n, NEIGHBOURS - 5)) < 0.3, -1, near[0][:, 5:])
    write_folder(path, model, manifest, log.ids, [part.astype(np.float32) for part in whitening], near)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--random")
    parser.add_argument("--text")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(1)
    log = read_log(args.data)
    if args.random:
        write_random(args.model, json.loads(Path(args.random).read_text()), args.text, log, args.seed)
    save_file({"scores": scores(args.model, log)}, args.out)


if __name__ == "__main__":
    main()
