"""Writes test/fixtures/golden/lstm.json: what PyTorch computes in float64 for the LSTM and for the time-aware cell.

Weights and inputs come from a linear congruential generator that src/model/executors/golden.ts implements too, so the
file holds expected results only. Usage: python scripts/golden/lstm.py (needs torch and numpy).
"""

import base64
import json
import pathlib

import numpy as np
import torch

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "golden" / "lstm.json"
KEPT = [0, 1, 2, 3, 9, 49, 99, 199, 299, 399, 498, 499]
READ_AFTER = [0.0, 1.0, 3600.0, 2_592_000.0, 31_536_000.0]  # seconds


class Lcg:
    """Numerical Recipes' 32-bit generator; `uniform` is in [0, 1)."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state / 2**32

    def tensor(self, *shape, scale):
        count = int(np.prod(shape))
        values = [(self.uniform() * 2 - 1) * scale for _ in range(count)]
        return torch.tensor(np.array(values, dtype=np.float32).reshape(shape)).double()

    def gap(self):
        """Seconds, or None for unknown: a fifth each of unknown, zero, under two minutes, a day, and 30 to 60 days."""
        kind = int(self.uniform() * 5)
        u = self.uniform()
        return [None, 0.0, u * 120, u * 86_400, 2_592_000 * (1 + u)][kind]


def elapsed_of(gap):
    return 0.0 if gap is None else float(np.float32(np.log1p(gap / 60)))


def decayed(c, weights, elapsed):
    """T-LSTM (Baytas et al. 2017, eq. 1-3), its decay function exp(-softplus(rate) * log1p(gap / 60 s))."""
    short = torch.tanh(c @ weights["decay.weight"].T + weights["decay.bias"])
    rate = torch.nn.functional.softplus(weights["decay.rate"])
    return c - short + short * torch.exp(-rate * elapsed)


def time_aware(weights, x, elapsed, state):
    """x [B, T, I], elapsed [B, T] -> h of every step [B, T, H] and the last (h, c, o)."""
    h, c, o = state
    hidden = []
    for t in range(x.shape[1]):
        if "decay.weight" in weights:
            c = decayed(c, weights, elapsed[:, t : t + 1])
        gates = (
            x[:, t] @ weights["weight_ih_l0"].T
            + weights["bias_ih_l0"]
            + h @ weights["weight_hh_l0"].T
            + weights["bias_hh_l0"]
        )
        i, f, g, o = gates.chunk(4, dim=1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c = f * c + i * g
        h = o * torch.tanh(c)
        hidden.append(h)
    return torch.stack(hidden, dim=1), (h, c, o)


def packed(tensor):
    return base64.b64encode(tensor.detach().numpy().astype("<f4").tobytes()).decode()


def case(name, seed, size_in, size, batch, steps, decay, start):
    lcg = Lcg(seed)
    scale = 2 / np.sqrt(size)
    weights = {
        "weight_ih_l0": lcg.tensor(4 * size, size_in, scale=scale),
        "weight_hh_l0": lcg.tensor(4 * size, size, scale=scale),
        "bias_ih_l0": lcg.tensor(4 * size, scale=scale),
        "bias_hh_l0": lcg.tensor(4 * size, scale=scale),
    }
    if decay:
        weights["decay.weight"] = lcg.tensor(size, size, scale=scale)
        weights["decay.bias"] = lcg.tensor(size, scale=scale)
        weights["decay.rate"] = lcg.tensor(size, scale=3)
    x = lcg.tensor(batch, steps, size_in, scale=1)
    gaps = [[lcg.gap() for _ in range(steps)] for _ in range(batch)]
    elapsed = torch.tensor([[elapsed_of(g) for g in row] for row in gaps], dtype=torch.float64)
    zero = torch.zeros(batch, size, dtype=torch.float64)
    state = tuple(lcg.tensor(batch, size, scale=1) for _ in range(3)) if start else (zero, zero, zero)
    hidden, (h, c, o) = time_aware(weights, x, elapsed, state)
    if not decay:
        lstm = torch.nn.LSTM(size_in, size, batch_first=True).double()
        lstm.load_state_dict(weights)
        theirs, (h_n, c_n) = lstm(x, (state[0][None], state[1][None]))
        assert torch.allclose(theirs, hidden, rtol=0, atol=1e-12), name
        hidden, h, c = theirs, h_n[0], c_n[0]
    kept = [t for t in KEPT if t < steps]
    reads = []
    for seconds in READ_AFTER:
        memory = decayed(c, weights, elapsed_of(seconds)) if decay else c
        reads.append({"seconds": seconds, "h": packed(o * torch.tanh(memory))})
    return {
        "name": name,
        "seed": seed,
        "inputSize": size_in,
        "hiddenSize": size,
        "batch": batch,
        "steps": steps,
        "decay": decay,
        "start": start,
        "kept": kept,
        "hidden": packed(hidden[:, kept]),
        "h": packed(h),
        "c": packed(c),
        "o": packed(o),
        "reads": reads,
    }


def main():
    cases = [
        case("torch.nn.LSTM, small", 1, 24, 32, 1, 500, False, False),
        case("torch.nn.LSTM, batch from a state", 2, 24, 32, 3, 500, False, True),
        case("torch.nn.LSTM, the size of the product", 3, 104, 128, 1, 500, False, False),
        case("T-LSTM, small", 4, 24, 32, 1, 500, True, False),
        case("T-LSTM, batch from a state", 5, 24, 32, 3, 500, True, True),
        case("T-LSTM, the size of the product", 6, 104, 128, 1, 500, True, False),
        case("T-LSTM, sizes that fill no vector", 7, 5, 7, 2, 37, True, True),
        case("T-LSTM, one step", 8, 104, 128, 1, 1, True, True),
    ]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "cases": cases}, indent=1) + "\n")
    print(f"{OUT.name}: {OUT.stat().st_size} bytes, {len(cases)} cases")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
