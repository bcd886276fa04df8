"""Scores after a history, and leave-one-out NDCG@10 and HR@10 from them: all items ranked, seen ones excluded."""

import numpy as np
import torch

from batches import Sequences, make_batch

#: Steps that are read at once; states are carried from one part of a history to the next.
WINDOW = 200


@torch.no_grad()
def last_scores(model, q, data: Sequences, users, length, columns=None) -> torch.Tensor:
    """[B, n] scores of all items after the first `length` [B] events of each of `users` [B], from vectors q [n, D]."""
    model.eval()
    order = sorted(range(len(users)), key=lambda i: -length[i])
    users, length = np.asarray(users)[order], np.asarray(length)[order]
    state = model.start(len(users))
    v = a = table = None
    for start in range(0, int(length.max()), WINDOW):
        rows = int((length > start).sum())
        size = np.minimum(length[:rows] - start, WINDOW)
        batch = make_batch(data, np.stack([users[:rows], np.full(rows, start), size], 1))
        here, table, gates, after = model(q, batch.to(q.device), tuple(part[:rows] for part in state))
        if v is None:
            v, a = here.new_zeros(len(users), here.shape[2]), gates.new_zeros(len(users), gates.shape[2])
        done = torch.from_numpy(size) - 1
        v[:rows], a[:rows] = here[torch.arange(rows), done], gates[torch.arange(rows), done]
        # Only full windows are followed by another one, so that the state of padding is never read.
        state = after
    scores = v @ table.t()
    if columns is not None:
        for row, user in enumerate(users):
            at = slice(int(data.offsets[user]), int(data.offsets[user]) + int(length[row]))
            x = columns.of_history(data.item[at].to(q.device), data.weight[at].to(q.device))
            scores[row] += a[row, -len(x) :] @ x
    return scores[torch.from_numpy(np.argsort(order)).to(scores.device)]


def leave_one_out(model, data: Sequences, users, held_out: int, columns=None, batch_size: int = 64) -> dict[str, float]:
    """`held_out` 2: the last event but one is predicted from what precedes it (validation); 1: the last (test)."""
    length = {u: int(data.offsets[u + 1] - data.offsets[u]) - held_out for u in users}
    order = sorted((u for u in users if length[u] > 0), key=lambda u: length[u])
    with torch.no_grad():
        q = model.items()
    gain = hits = 0.0
    for at in range(0, len(order), batch_size):
        chunk = order[at : at + batch_size]
        scores = last_scores(model, q, data, chunk, [length[u] for u in chunk], columns).cpu()
        for row, u in enumerate(chunk):
            first = int(data.offsets[u])
            truth = int(data.item[first + length[u]])
            scores[row, data.item[first : first + length[u]]] = -torch.inf
            aim = scores[row, truth]
            rank = int((scores[row] > aim).sum()) + (int((scores[row] == aim).sum()) - 1) / 2
            gain += float(1 / np.log2(rank + 2)) if rank < 10 else 0.0
            hits += rank < 10
    return {"ndcg@10": gain / len(order), "hr@10": hits / len(order), "users": len(order)}
