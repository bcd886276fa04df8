"""Histories cut into windows, and the order they are trained in."""

from dataclasses import dataclass

import numpy as np
import torch

from data import Log, clocks, context, event_weight, gaps

#: What every training leaves out of a user's rows: the last is the test item, the one before it validates.
HELD_OUT = 2


@dataclass
class Sequences:
    """All rows of a log as tensors."""

    offsets: np.ndarray  # [users + 1]
    item: torch.Tensor  # [rows]
    context: torch.Tensor  # [rows, 18]
    weight: torch.Tensor  # [rows]
    elapsed: torch.Tensor  # [rows] log1p(gap / 60 s), 0 where unknown
    clock: torch.Tensor  # [rows] float64 seconds
    fold: torch.Tensor  # [users]

    @staticmethod
    def of(log: Log, kinds: dict) -> "Sequences":
        elapsed = np.log1p(np.maximum(np.nan_to_num(gaps(log)), 0) / 60).astype(np.float32)
        arrays = (log.item, context(log), event_weight(log, kinds), elapsed, clocks(log), log.folds())
        return Sequences(log.offsets, *(torch.from_numpy(array) for array in arrays))


@dataclass
class Batch:
    """Windows, longest first; padding follows a row's real steps."""

    users: torch.Tensor  # [B]
    start: torch.Tensor  # [B] first step of each window in its user's history
    length: torch.Tensor  # [B]
    item: torch.Tensor  # [B, T], 0 in padding
    target: torch.Tensor  # [B, T] the next item, −1 in padding
    context: torch.Tensor
    weight: torch.Tensor  # 0 in padding
    elapsed: torch.Tensor
    clock: torch.Tensor  # [B, T + 1]
    fold: torch.Tensor  # [B]
    before: torch.Tensor  # [B, S] what was met before the window, filled up with its first item

    def to(self, device) -> "Batch":
        return Batch(*(value.to(device) for value in self.__dict__.values()))


def make_batch(data: Sequences, windows: np.ndarray) -> Batch:
    """`windows` [B, 3] (user, first step, steps)."""
    users, start, length = (torch.from_numpy(np.ascontiguousarray(column)) for column in windows.T)
    first = torch.from_numpy(data.offsets[:-1])[users]
    step = torch.arange(int(length.max()))[None]
    real = step < length[:, None]
    at = torch.where(real, (first + start)[:, None] + step, (first + start)[:, None])
    past = torch.arange(int(start.max()))[None]
    before = torch.where(past < start[:, None], first[:, None] + past, (first + start)[:, None])
    previous = torch.where(start > 0, first + start - 1, first + start)[:, None]
    return Batch(
        users,
        start,
        length,
        data.item[at] * real,
        torch.where(real, data.item[(at + 1).clamp(max=len(data.item) - 1)], -1),
        data.context[at] * real[..., None],
        data.weight[at] * real,
        data.elapsed[at] * real,
        data.clock[torch.cat([previous, at], 1)],
        data.fold[users],
        data.item[before],
    )


def epoch_windows(data: Sequences, window: int, rng: np.random.Generator, users=None) -> np.ndarray:
    """[windows, 3] (user, first step, steps) in training order: every user's windows stand in the user's order at random
    moments of the epoch, so that each can start from the state that the one before it left."""
    rows, moments = [], []
    for user in range(len(data.offsets) - 1) if users is None else users:
        inputs = int(data.offsets[user + 1] - data.offsets[user]) - HELD_OUT - 1
        if inputs < 1:
            continue
        first = np.arange(0, inputs, window)
        rows.append(np.stack([np.full(len(first), user), first, np.minimum(window, inputs - first)], 1))
        moments.append(np.sort(rng.random(len(first))))
    return np.concatenate(rows)[np.argsort(np.concatenate(moments), kind="stable")]


def batches_of(windows: np.ndarray, size: int, rng: np.random.Generator, pool: int = 4):
    """Cuts an epoch into batches of like length, longest row first: of every `pool` batches in a row the windows are
    sorted, so that little is padding."""
    for at in range(0, len(windows), size * pool):
        part = windows[at : at + size * pool]
        part = part[np.argsort(-part[:, 2], kind="stable")]
        for first in rng.permutation(range(0, len(part), size)):
            yield part[first : first + size]
