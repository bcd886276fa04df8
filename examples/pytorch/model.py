"""The interest model of docs/interest-model.md in PyTorch; tensor names and shapes are the model folder's."""

import math

import torch
from torch import nn
from torch.nn import functional as F

#: What follows [q; type] in x_t: φ(Δt) 5, ψ(clock) 5, m_t 8.
CONTEXT = 18
#: What training multiplies the gate's rows with, by column: Adam moves all weights alike. Folded in when exported.
GATE_SCALE = {"interest": 8.0, "memory": 8.0, "bias": 1.0, "text": 4.0, "neighbours": 4.0}
#: Columns that are not products of two short vectors and have to be made for every item; they come last.
DENSE = ("text", "neighbours")
#: φ and ψ at an unknown moment, and what else a gate may read when `now` is unknown.
UNKNOWN = {"gap": [0, 0, 0, 0, 1], "clock": [0, 0, 0, 0, 1], "days": [0], "age": [0], "hasPrior": [0]}


def check(manifest: dict) -> None:
    """Raises ValueError for what this reference does not compute; `homebody train` does."""
    kinds = [feature["kind"] for feature in manifest["features"]]
    strange = [kind for kind in kinds if kind not in GATE_SCALE]
    strange += [f"{option} in {f['kind']}" for f in manifest["features"] for option in ("only", "words") if option in f]
    strange += [f"half-life of {f['kind']}" for f in manifest["features"] if "halfLife" in f]
    strange += [f"gate input {i}" for i in manifest["gate"]["inputs"] if i not in (*UNKNOWN, "hidden", "fused", "items")]
    if strange:
        raise ValueError(f"the PyTorch reference has no {', '.join(strange)}")
    dense = [kind in DENSE for kind in kinds]
    if dense != sorted(dense):
        raise ValueError("text and neighbours must come last in features")


def unit(x: torch.Tensor) -> torch.Tensor:
    return F.normalize(x, dim=-1, eps=1e-12)


class InterestModel(nn.Module):
    """Shapes: B windows, T steps, n items; E, D, H, K as in the manifest's sizes and memories, J its features."""

    def __init__(self, manifest: dict, e: torch.Tensor):
        """`e` [n, E] whitened text embeddings of the known items, zeros where there is no text."""
        super().__init__()
        check(manifest)
        self.manifest, self.features = manifest, manifest["features"]
        sizes = manifest["sizes"]
        E, D, H = sizes["embedding"], sizes["item"], sizes["hidden"]
        self.register_buffer("e", e, persistent=False)
        self.item = nn.Linear(E, D)
        self.residual = nn.Parameter(torch.randn(len(e), D) / math.sqrt(D))
        self.bias = nn.Parameter(torch.zeros(len(e)))
        self.kinds = nn.Embedding(len(manifest["eventTypes"]), sizes["type"])
        self.lstm = nn.LSTM(D + sizes["type"] + CONTEXT, H, batch_first=True)
        self.short = nn.Linear(H, D, bias=False)
        self.long = nn.Linear(H, D, bias=False)
        if manifest["timeDecay"]:
            self.decay = nn.Linear(H, H)
            self.rate = nn.Parameter(torch.zeros(H))
        if manifest["fusion"] == "weighted":
            self.alpha = nn.Parameter(torch.tensor([-3.0]))
        elif manifest["fusion"] == "concat":
            self.w1, self.w2 = nn.Linear(2 * D, D), nn.Linear(D, D)
        else:
            self.fusion = nn.Linear(2 * D + 6, D)
        width = {"hidden": H, "fused": D, "items": 1}
        inputs = sum(width[i] if i in width else len(UNKNOWN[i]) for i in manifest["gate"]["inputs"])
        self.gate = nn.Linear(inputs, len(self.features))
        self.register_buffer("scale", torch.tensor([GATE_SCALE[f["kind"]] for f in self.features]), persistent=False)
        with torch.no_grad():
            # q has unit length: its columns start as large as those of inputs of unit variance.
            self.lstm.weight_ih_l0[:, :D] *= math.sqrt(D)
            self.gate.weight.mul_(0.1)

    def items(self) -> torch.Tensor:
        """[n, D] `q = normalize(W_q e + b_q + δ)`; without text and residual zeros, as on the device."""
        content = self.item(self.e) + self.residual
        return unit(content)

    def start(self, batch: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(h [B, H], c [B, H], M [B, K, D]) before the first event."""
        sizes, memories = self.manifest["sizes"], self.manifest["memories"]
        K = len(memories["halfLives"]) + len(memories["stepDecays"])
        return tuple(self.e.new_zeros(batch, *shape) for shape in ((sizes["hidden"],), (sizes["hidden"],), (K, sizes["item"])))

    def _steps(self, x, elapsed, h, c):
        """The LSTM; with `timeDecay` its time-aware form, step by step: `elapsed` [B, T] = log1p(Δt / 60 s)."""
        if not self.manifest["timeDecay"]:
            hidden, (h, c) = self.lstm(x, (h[None].contiguous(), c[None].contiguous()))
            return hidden, h[0], c[0]
        out = []
        lstm = self.lstm
        given = x @ lstm.weight_ih_l0.t() + lstm.bias_ih_l0 + lstm.bias_hh_l0
        for t in range(x.shape[1]):
            s = torch.tanh(self.decay(c))
            c = c - s + s * torch.exp(-F.softplus(self.rate) * elapsed[:, t, None])
            i, f, g, o = (given[:, t] + h @ lstm.weight_hh_l0.t()).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            out.append(h)
        return torch.stack(out, 1), h, c

    def _memories(self, q, weight, clock, before):
        """[B, T, K, D] `M_k ← decay_k M_k + w q` after each step. `clock` [B, T + 1] seconds, of the step before the
        window first; where time is unknown it stands still and only step decays act."""
        T = q.shape[1]
        steps = torch.arange(T + 1, device=q.device, dtype=q.dtype)
        ages = (steps[1:, None] - steps[None]).clamp(min=0)
        seconds = (clock[:, 1:, None] - clock[:, None]).clamp(min=0)
        causal = (steps[None] <= steps[1:, None]).to(q.dtype)
        memories = self.manifest["memories"]
        kernels = [torch.exp2(-seconds / tau) for tau in memories["halfLives"]]
        kernels += [(rho**ages).expand(len(q), -1, -1) for rho in memories["stepDecays"]]
        if not kernels:
            return q.new_zeros(len(q), T, 0, q.shape[2])
        given = weight[..., None] * q
        all_given = [torch.cat([before[:, k : k + 1], given], 1) for k in range(len(kernels))]
        return torch.stack([(kernel * causal).to(q.dtype) @ x for kernel, x in zip(kernels, all_given)], 2)

    def _fuse(self, hidden, memories, count):
        """[B, T, D] U from hidden states [B, T, H] and unit-length memories [B, T, K, D]; `count` [B, T] events so far."""
        short = self.short(hidden)
        logits = torch.einsum("btkd,btd->btk", memories, self.long(hidden))
        logits = logits.masked_fill((memories == 0).all(-1), -torch.inf)
        long = torch.einsum("btk,btkd->btd", torch.softmax(logits, -1).nan_to_num(), memories)
        if self.manifest["fusion"] == "weighted":
            alpha = torch.sigmoid(self.alpha)
            return alpha * long + (1 - alpha) * short
        both = torch.cat([long, short], -1)
        if self.manifest["fusion"] == "concat":
            return self.w2(F.relu(self.w1(both)))
        gap = both.new_tensor(UNKNOWN["gap"]).expand(*both.shape[:2], -1)
        share = torch.sigmoid(self.fusion(torch.cat([both, gap, torch.log1p(count)[..., None] / 5], -1)))
        return share * long + (1 - share) * short

    def _gate(self, hidden, fused, count):
        """[B, T, J] a."""
        parts = {"hidden": hidden, "fused": fused, "items": torch.log1p(count)[..., None]}
        missing = {name: hidden.new_tensor(value).expand(*count.shape, -1) for name, value in UNKNOWN.items()}
        z = torch.cat([{**missing, **parts}[name] for name in self.manifest["gate"]["inputs"]], -1)
        return self.gate(z) * self.scale

    def forward(self, q, batch, state, dropout=0.0, itemdrop=0.0):
        """Reads the state after every step of a batch's windows; q [n, D] of {@link items}, state (h, c, M).

        Returns v [B, T, W] and Q [n, W], whose products are the columns interest, memory and bias together, a [B, T, J],
        and the states after the windows' last steps (of rows without padding)."""
        given = q[batch.item]
        seen = given
        if self.training and itemdrop:
            seen = seen * (torch.rand(batch.item.shape, device=q.device) >= itemdrop)[..., None]
        seen = F.dropout(seen, dropout, self.training)
        kind = self.kinds.weight[0].expand(*batch.item.shape, -1)
        x = torch.cat([seen, kind, batch.context], -1)
        hidden, h, c = self._steps(x, batch.elapsed, state[0], state[1])
        raw = self._memories(given, batch.weight, batch.clock, state[2])
        memories = unit(raw)
        read = F.dropout(hidden, dropout, self.training)
        count = batch.start[:, None] + 1 + torch.arange(hidden.shape[1], device=q.device)
        count = count.to(q.dtype)
        fused = self._fuse(read, memories, count)
        a = self._gate(read, fused, count)
        v, popularity = torch.zeros_like(fused), torch.zeros_like(a[..., :1])
        for j, feature in enumerate(self.features):
            if feature["kind"] == "interest":
                v = v + a[..., j : j + 1] * unit(fused)
            elif feature["kind"] == "memory":
                v = v + a[..., j : j + 1] * memories[..., feature["index"], :]
            elif feature["kind"] == "bias":
                popularity = popularity + a[..., j : j + 1]
        # Zeros up to a multiple of 8: products of odd widths are a third slower.
        pad = -(q.shape[1] + 1) % 8
        v = F.pad(torch.cat([v, popularity], -1), (0, pad))
        table = F.pad(torch.cat([q, self.bias[:, None]], -1), (0, pad))
        return v, table, a, (h, c, raw[:, -1])
