"""Writes test/fixtures/golden/next-item.json: loss and gradients of the next-item objective as PyTorch's autograd gives them
in float64, of a small model with every block, and what torch.optim.Adam makes of some gradients.

Weights and histories come from the generator of lstm.py; src/train/next-item/golden.test.ts draws the same numbers, so that
the file holds expected results only. Usage: python scripts/golden/next_item.py (needs torch and numpy).
"""

import base64
import json
import math
import pathlib

import numpy as np
import torch
from torch.nn import functional as F

from lstm import Lcg, decayed

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "golden" / "next-item.json"
ITEMS, E, D, H, TYPE, KINDS = 12, 6, 5, 8, 2, 2
INPUT = D + TYPE + 18


def packed(values):
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()


def shapes(case):
    """[name, shape] of all weights, in the order in which both sides draw them."""
    J, Z = len(case["features"]), H + (D + 1 if case["decay"] else 0)
    out = [
        ("item.weight", [D, E]), ("item.bias", [D]), ("type.weight", [KINDS, TYPE]),
        ("lstm.weight_ih_l0", [4 * H, INPUT]), ("lstm.weight_hh_l0", [4 * H, H]),
        ("lstm.bias_ih_l0", [4 * H]), ("lstm.bias_hh_l0", [4 * H]), ("short.weight", [D, H]), ("long.weight", [D, H]),
        ("gate.weight", [J, Z]), ("gate.bias", [J]), ("residual", [ITEMS, D]), ("bias", [ITEMS, 1]),
    ]  # fmt: skip
    if case["decay"]:
        out += [("decay.weight", [H, H]), ("decay.bias", [H]), ("decay.rate", [H])]
    if case["fusion"] == "weighted":
        out += [("fusion.alpha", [1])]
    elif case["fusion"] == "attention":
        out += [("fusion.weight", [D, 2 * D + 6]), ("fusion.bias", [D])]
    else:
        out += [("fusion.w1", [D, 2 * D]), ("fusion.b1", [D]), ("fusion.w2", [D, D]), ("fusion.b2", [D])]
    return out


def draw_history(lcg, steps, timed):
    """Items, kinds, context, times (ms, NaN when unknown), weights; one more item and time for what comes next."""
    items = [int(lcg.uniform() * ITEMS) for _ in range(steps + 1)]
    kinds = [int(lcg.uniform() * KINDS) for _ in range(steps)]
    context = lcg.tensor(steps, 18, scale=1)
    times, now = [], 1.6e12
    for _ in range(steps + 1):
        now += math.floor(lcg.uniform() * 1e8)
        times.append(now if timed else math.nan)
    weight = [0.25 + lcg.uniform() for _ in range(steps)]
    return {"items": items, "kinds": kinds, "context": context, "times": times, "weight": weight}


def elapsed_of(seconds):
    return 0.0 if math.isnan(seconds) or seconds <= 0 else math.log1p(seconds / 60)


def gap(seconds):
    if math.isnan(seconds):
        return [0, 0, 0, 0, 1]
    return [math.log1p(seconds) / 16, math.log1p(seconds / 3600) / 8, math.log1p(seconds / 86400) / 6, float(seconds > 1800), 0]


def run_lstm(case, w, x, history, start):
    """h, c, o of every step, from torch.nn.LSTM itself where nothing decays."""
    if not case["decay"]:
        lstm = torch.nn.LSTM(INPUT, H, batch_first=True).double()
        parts = {name[5:]: w[name] for name in w if name.startswith("lstm.")}
        state = None if start is None else (start[0][None, None], start[1][None, None])
        out, _ = torch.func.functional_call(lstm, parts, (x[None], state))
        return [(h, None, None) for h in out[0]]
    h = c = torch.zeros(1, H, dtype=torch.float64)
    out = []
    for t in range(len(x)):
        seconds = (history["times"][t] - history["times"][t - 1]) / 1000 if t else math.nan
        c = decayed(c, w, elapsed_of(seconds))
        gates = x[t : t + 1] @ w["lstm.weight_ih_l0"].T + w["lstm.bias_ih_l0"] + h @ w["lstm.weight_hh_l0"].T + w["lstm.bias_hh_l0"]
        i, f, g, o = gates.chunk(4, dim=1)
        o = torch.sigmoid(o)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = o * torch.tanh(c)
        out.append((h[0], c[0], o[0]))
    return out


def memories(case, q, history, p, now):
    """[K, D] unit-length memories as they read at `now` after step p."""
    out = []
    for kind, value in case["memories"]:
        total = torch.zeros(D, dtype=torch.float64)
        for t in range(p + 1):
            seconds = (now - history["times"][t]) / 1000
            fade = value ** (p - t) if kind == "step" else (1 if math.isnan(seconds) else 2 ** (-seconds / value))
            total = total + history["weight"][t] * fade * q[history["items"][t]]
        out.append(F.normalize(total, dim=0))
    return torch.stack(out) if out else torch.zeros(0, D, dtype=torch.float64)


def fuse(case, w, long, short, context):
    if case["fusion"] == "weighted":
        alpha = torch.sigmoid(w["fusion.alpha"])
        return alpha * long + (1 - alpha) * short
    if case["fusion"] == "concat":
        hidden = torch.relu(w["fusion.w1"] @ torch.cat([long, short]) + w["fusion.b1"])
        return w["fusion.w2"] @ hidden + w["fusion.b2"]
    share = torch.sigmoid(w["fusion.weight"] @ torch.cat([long, short, context]) + w["fusion.bias"])
    return share * long + (1 - share) * short


def loss_of(case, w, e, histories, start):
    """Σ −log softmax over all readings; every candidate but what was met, or a weighted sample and the target."""
    q = F.normalize(e @ w["item.weight"].T + w["item.bias"] + w["residual"], dim=-1)
    total = 0.0
    for number, history in enumerate(histories):
        steps = len(history["items"]) - 1
        x = torch.cat([q[history["items"][:-1]], w["type.weight"][history["kinds"]], history["context"]], 1)
        states = run_lstm(case, w, x, history, start if number == 0 else None)
        for p in range(steps):
            now = history["times"][p + 1]
            ahead = (now - history["times"][p]) / 1000
            h, c, o = states[p]
            hidden = h if not case["decay"] else o * torch.tanh(decayed(c[None], w, elapsed_of(ahead))[0])
            M = memories(case, q, history, p, now)
            long = torch.softmax(M @ (w["long.weight"] @ hidden), 0) @ M if len(M) else torch.zeros(D, dtype=torch.float64)
            context = torch.tensor(gap(ahead) + [math.log1p(p + 1) / 5], dtype=torch.float64)
            fused = fuse(case, w, long, w["short.weight"] @ hidden, context)
            z = torch.cat([hidden, fused, torch.tensor([math.log1p(p + 1)], dtype=torch.float64)]) if case["decay"] else hidden
            units = torch.tensor([{"interest": 8, "memory": 8, "bias": 1, "text": 4}[f["kind"]] for f in case["features"]])
            a = (w["gate.weight"] @ z + w["gate.bias"]) * units
            scores = torch.zeros(ITEMS, dtype=torch.float64)
            for j, feature in enumerate(case["features"]):
                if feature["kind"] == "interest":
                    column = q @ F.normalize(fused, dim=0)
                elif feature["kind"] == "memory":
                    column = q @ M[feature["index"]]
                elif feature["kind"] == "bias":
                    column = w["bias"][:, 0]
                else:
                    column = torch.zeros(ITEMS, dtype=torch.float64)
                    for t in range(max(0, p + 1 - case["recent"]), p + 1):
                        like = torch.relu(e @ e[history["items"][t]]) ** feature["power"]
                        column = column + history["weight"][t] * feature["stepDecay"] ** (p - t) * like
                scores = scores + a[j] * column
            target, met = history["items"][p + 1], set(history["items"][: p + 1])
            if case["sample"]:
                terms = [scores[i] + weight for i, weight in case["sample"] if i != target and i not in met]
                total = total + torch.logsumexp(torch.stack([*terms, scores[target]]), 0) - scores[target]
            else:
                free = [i for i in range(ITEMS) if i == target or i not in met]
                total = total + torch.logsumexp(scores[free], 0) - scores[target]
    return total


def write_case(name, seed, lengths, **case):
    lcg = Lcg(seed)
    drawn = {key: lcg.tensor(*shape, scale=0.5) for key, shape in shapes(case)}
    w = {key: value.clone().requires_grad_() for key, value in drawn.items()}
    e = F.normalize(lcg.tensor(ITEMS, E, scale=1), dim=1).float().double()
    histories = [draw_history(lcg, steps, case["decay"]) for steps in lengths]
    start = None if case["decay"] else (lcg.tensor(H, scale=1), lcg.tensor(H, scale=1))
    loss = loss_of(case, w, e, histories, start)
    loss.backward()
    grads = {key: packed(value.grad.numpy()) for key, value in w.items() if value.grad is not None}
    return {"name": name, "seed": seed, "lengths": lengths, **case, "shapes": shapes(case), "loss": float(loss), "gradients": grads}


def adam():
    """Five updates with changing rates, the gradient cut to a length of 1."""
    lcg = Lcg(77)
    weights = lcg.tensor(10, scale=1).float().requires_grad_()
    optimiser = torch.optim.Adam([weights], lr=0.01, betas=(0.9, 0.98))
    rates = [0.01, 0.02, 0.015, 0.01, 0.005]
    for rate in rates:
        weights.grad = lcg.tensor(10, scale=1).float()
        torch.nn.utils.clip_grad_norm_([weights], 1.0)
        optimiser.param_groups[0]["lr"] = rate
        optimiser.step()
    return {"seed": 77, "rates": rates, "weights": packed(weights.detach().numpy())}


def main():
    text = {"kind": "text", "power": 3, "stepDecay": 0.8}
    plain = [{"kind": "interest"}, {"kind": "bias"}, text]
    whole = [{"kind": "interest"}, {"kind": "memory", "index": 1}, {"kind": "bias"}, text]
    decays = [["halfLife", 50_000.0], ["step", 0.8]]
    sample = [[i, 0.5 + 0.1 * i] for i in (1, 4, 6, 9)]
    cases = [
        write_case("torch.nn.LSTM, no memories", 1, [6, 4, 4, 1], decay=False, fusion="weighted", memories=[], features=plain, recent=3, sample=None),
        write_case("torch.nn.LSTM, a sample", 2, [5, 5, 2], decay=False, fusion="concat", memories=[["step", 0.5]], features=plain, recent=50, sample=sample),
        write_case("T-LSTM, memories, attention", 3, [6, 5, 3], decay=True, fusion="attention", memories=decays, features=whole, recent=50, sample=None),
    ]  # fmt: skip
    OUT.write_text(json.dumps({"cases": cases, "adam": adam()}) + "\n")
    print(OUT, OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
