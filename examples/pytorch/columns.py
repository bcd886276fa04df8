"""The score's dense columns: what a history says of every item by text and by neighbours (`src/model/recent.ts`)."""

import numpy as np
import torch

from model import DENSE


def kernel(steps: int, decay: float, recent: int, device="cpu") -> torch.Tensor:
    """[T, T] weight at step t (row) of the event at step s (column): ρ^(t − s) over the last `recent` events."""
    ages = torch.arange(steps, device=device)[:, None] - torch.arange(steps, device=device)[None]
    return torch.where((ages >= 0) & (ages < recent), decay ** ages.clamp(min=0).float(), 0.0)


class Columns:
    """`tables` [F, n, n]: weight of item i (column) for an event on item j (row), fitted without the users of fold f; the
    last one on all users. A user's own pairs would teach the gate to trust neighbours more than they deserve."""

    def __init__(self, manifest: dict, e: torch.Tensor, tables: torch.Tensor | None):
        self.specs = [feature for feature in manifest["features"] if feature["kind"] in DENSE]
        self.recent, self.e, self.tables = manifest["recent"], e, tables

    def _near(self, spec, text, table):
        return table.float() if spec["kind"] == "neighbours" else text ** spec["power"]

    def _read(self, spec, value, mix):
        if spec.get("mean"):
            value = value / mix.sum(-1, keepdim=True).clamp(min=1e-12)
        return torch.log1p(value) if spec.get("log") else value

    @torch.no_grad()
    def __call__(self, batch, chosen):
        """Columns of the `chosen` items, J tensors [T, B, K], and of the targets [T, B, J], after each step."""
        item, target, steps = batch.item, batch.target.clamp(min=0), batch.item.shape[1]
        text = pairs = table = table_pairs = None
        if any(spec["kind"] != "neighbours" for spec in self.specs):
            text = torch.relu(self.e[item] @ self.e[chosen].t())  # [B, T, K]
            pairs = torch.relu(self.e[item] @ self.e[target].transpose(1, 2))  # [B, step, target]
        if self.tables is not None:
            fold = batch.fold[:, None, None]
            table = self.tables[fold, item[:, :, None], chosen[None, None]]
            table_pairs = self.tables[fold, item[:, :, None], target[:, None, :]]
        x, own = [], []
        for spec in self.specs:
            mix = kernel(steps, spec.get("stepDecay", 1.0), self.recent, item.device) * batch.weight[:, None, :]
            near, mine = self._near(spec, text, table), self._near(spec, pairs, table_pairs)
            value, own_value = mix @ near, torch.einsum("bts,bst->bt", mix, mine)
            x.append(self._read(spec, value, mix).transpose(0, 1).contiguous())
            own.append(self._read(spec, own_value[..., None], mix)[..., 0])
        return x, torch.stack(own, -1).transpose(0, 1).contiguous()

    @torch.no_grad()
    def of_history(self, item, weight):
        """[J, n] after a history [L] and its event weights [L]."""
        item, weight = item[-self.recent :], weight[-self.recent :]
        age = torch.arange(len(item) - 1, -1, -1, device=item.device)
        text = torch.relu(self.e[item] @ self.e.t())
        out = []
        for spec in self.specs:
            near = self._near(spec, text, self.tables[-1][item] if self.tables is not None else None)
            mix = weight * spec.get("stepDecay", 1.0) ** age
            out.append(self._read(spec, mix @ near, mix))
        return torch.stack(out)


def neighbours(histories, n, shrink: float, balance: float, near: float, back: float, reach: int, keep: int = 32):
    """[n, keep] rows (−1: none) and weights: items j whose events speak for i, by co-occurrence in `histories`,
    `Σ d^−near / ((count_i + shrink)^balance (count_j + shrink)^(1 − balance))`, d ≤ reach the steps from j to i, times
    `back` where i came before j; of each i the `keep` largest."""
    item = np.concatenate(histories)
    user = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    counts = np.bincount(item, minlength=n)
    keys, values = [], []
    for d in range(1, reach + 1):
        same = user[d:] == user[:-d]
        later, earlier = item[d:][same], item[:-d][same]
        keys += [later * n + earlier, earlier * n + later]
        values += [np.full(len(later), d**-near), np.full(len(later), back * d**-near)]
    pairs, which = np.unique(np.concatenate(keys), return_inverse=True)
    i, j = pairs // n, pairs % n
    weight = np.bincount(which, np.concatenate(values))
    weight /= (counts[i] + shrink) ** balance * (counts[j] + shrink) ** (1 - balance)
    weight[i == j] = 0
    order = np.lexsort((j, -weight, i))
    i, j, weight = i[order], j[order], weight[order]
    rank = np.arange(len(i)) - np.searchsorted(i, i)
    best = (rank < keep) & (weight > 0)
    who, out = np.full((n, keep), -1, np.int32), np.zeros((n, keep), np.float32)
    who[i[best], rank[best]], out[i[best], rank[best]] = j[best], weight[best]
    return who, out


def dense(who: np.ndarray, weight: np.ndarray, dtype=np.float16) -> torch.Tensor:
    """[n, n], row j what an event on j says of every item i."""
    table = np.zeros((len(who), len(who)), dtype)
    real = who >= 0
    table[who[real], np.nonzero(real)[0]] = weight[real]
    return torch.from_numpy(table)
