"""A data folder (items.csv, events.csv[.gz]) as arrays, read the way `src/data` reads it."""

import csv
import gzip
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ALIASES = {"rating": "rate", "review": "purchase"}
STARS = 5.0
SESSION_GAP = 1800


@dataclass
class Log:
    """Rows grouped by user, in each user's order; one row is one event. `item` is a row of `ids`."""

    ids: list[str]
    users: list[str]
    offsets: np.ndarray  # [users + 1] rows of user u are offsets[u] .. offsets[u + 1]
    item: np.ndarray  # [rows] int64
    time: np.ndarray  # [rows] Unix seconds, NaN where only the order is known
    value: np.ndarray  # [rows] stars or quantity, NaN where missing
    kind: str

    def history(self, user: int, held_out: int = 0) -> np.ndarray:
        return self.item[self.offsets[user] : max(self.offsets[user], self.offsets[user + 1] - held_out)]

    def folds(self) -> np.ndarray:
        """[users] crc32(user id) mod 5."""
        return np.array([zlib.crc32(user.encode()) % 5 for user in self.users])


def _open(folder: Path, name: str):
    path = folder / f"{name}.csv"
    if path.exists():
        return open(path, encoding="utf-8-sig", newline="")
    return gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8-sig", newline="")


def _number(text: str | None) -> float:
    return float(text) if text else math.nan


def read_log(folder: str | Path, min_count: int = 1) -> Log:
    """Reads a log of one kind of event; items with fewer than `min_count` events are left out, events and all.
    ValueError for a log of several kinds, or of timed orders (their items share an event): `homebody train` takes those."""
    folder = Path(folder)
    with _open(folder, "items") as stream:
        ids = list(dict.fromkeys(row["item_id"] for row in csv.DictReader(stream)))
    row_of = {name: row for row, name in enumerate(ids)}
    by_user: dict[str, list[tuple[int, float, float]]] = {}
    kinds, counts = set(), np.zeros(len(ids), np.int64)
    with _open(folder, "events") as stream:
        for row in csv.DictReader(stream):
            item = row_of[row["item_id"]]
            counts[item] += 1
            kinds.add(ALIASES.get(row["event"], row["event"]))
            event = (item, _number(row.get("timestamp_s")), _number(row.get("value")))
            by_user.setdefault(row["user_id"], []).append(event)
    if len(kinds) != 1:
        raise ValueError(f"this reference trains on one kind of event, the log has {sorted(kinds)}")
    kept = np.flatnonzero(counts >= max(1, min_count))
    new_row = np.full(len(ids), -1)
    new_row[kept] = np.arange(len(kept))
    rows, offsets = [], [0]
    for events in by_user.values():
        if not any(math.isnan(time) for _, time, _ in events):
            events.sort(key=lambda event: event[1])
        rows += [event for event in events if new_row[event[0]] >= 0]
        offsets.append(len(rows))
    table = np.array(rows, np.float64).reshape(-1, 3)
    kind = kinds.pop()
    if kind != "rate" and not np.isnan(table[:, 1]).all():
        raise ValueError("orders with times may hold several items each, which this reference does not read")
    item = new_row[table[:, 0].astype(np.int64)]
    return Log([ids[i] for i in kept], list(by_user), np.array(offsets), item, table[:, 1], table[:, 2], kind)


def gaps(log: Log) -> np.ndarray:
    """[rows] seconds since the user's event before, NaN where unknown."""
    gap = np.full(len(log.item), np.nan)
    gap[1:] = log.time[1:] - log.time[:-1]
    gap[log.offsets[:-1][log.offsets[:-1] < len(gap)]] = np.nan
    return gap


def context(log: Log) -> np.ndarray:
    """[rows, 18] what x_t holds beside q and the kind: φ(Δt), ψ(clock), m_t (`src/model/encode.ts`)."""
    gap = gaps(log)
    known, seconds = ~np.isnan(gap), np.maximum(gap, 0)
    timed = ~np.isnan(log.time)
    day = 2 * np.pi * (log.time % 86400) / 86400
    week = 2 * np.pi * ((log.time / 86400) % 7) / 7
    rated = ~np.isnan(log.value) & (log.kind == "rate")
    counted = ~np.isnan(log.value) & (log.kind != "rate")
    unknown = np.zeros(len(gap), bool)
    columns = [
        *((np.log1p(seconds / unit) / scale, known) for unit, scale in ((1, 16), (3600, 8), (86400, 6))),
        (seconds > SESSION_GAP, known),
        (~known, ~unknown),
        *((wave, timed) for wave in (np.sin(day), np.cos(day), np.sin(week), np.cos(week))),
        (~timed, ~unknown),
    ]
    quantity = np.log1p(np.abs(log.value)) / 3
    for value, has in ((0, unknown), (quantity, counted), (0, unknown), (np.clip(log.value / STARS, 0, 1), rated)):
        columns += [(value, has), (~has, ~unknown)]
    return np.stack([np.where(has, value, 0) for value, has in columns], 1).astype(np.float32)


def event_weight(log: Log, kinds: dict[str, float]) -> np.ndarray:
    """[rows] weight of each event in memories and look-back; a rating weighs by itself (`kindWeight`)."""
    weight = np.full(len(log.item), float(kinds.get(log.kind, 0)))
    if log.kind == "rate":
        weight *= np.where(np.isnan(log.value), 1, np.clip(log.value / STARS, 0, 1))
    return weight.astype(np.float32)


def clocks(log: Log) -> np.ndarray:
    """[rows] seconds since the user's first known time; it stands still where the time is unknown."""
    out = np.zeros(len(log.item))
    for first, last in zip(log.offsets[:-1], log.offsets[1:]):
        time = log.time[first:last]
        if np.isnan(time).all():
            continue
        known = np.where(np.isnan(time), -np.inf, time)
        out[first:last] = np.maximum(np.maximum.accumulate(known) - time[~np.isnan(time)][0], 0)
    return out
