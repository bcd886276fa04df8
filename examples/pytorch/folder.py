"""Model folders (docs: `model.json`, `weights.safetensors`, and the catalogue of the items a model knows)."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from model import InterestModel

NEIGHBOURS = 32


def quantise(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 rows with one float32 scale each: `scale = max|v| / 127` (`src/model/vector.ts`)."""
    scale = (np.abs(rows).max(1) / 127).astype(np.float32)
    safe = np.where(scale > 0, scale, 1)[:, None]
    values = np.clip(np.floor(rows / safe + 0.5), -127, 127)
    return values.astype(np.int8), scale


def tensors_of(model, manifest: dict) -> dict[str, torch.Tensor]:
    """The model's parameters by the folder's names."""
    named = {
        "item.weight": model.item.weight,
        "item.bias": model.item.bias,
        "type.weight": model.kinds.weight,
        "short.weight": model.short.weight,
        "long.weight": model.long.weight,
        "gate.weight": model.gate.weight,
        "gate.bias": model.gate.bias,
        **{f"lstm.{name}": value for name, value in model.lstm.named_parameters()},
    }
    if manifest["timeDecay"]:
        named |= {"decay.weight": model.decay.weight, "decay.bias": model.decay.bias, "decay.rate": model.rate}
    if manifest["fusion"] == "weighted":
        return named | {"fusion.alpha": model.alpha}
    if manifest["fusion"] == "attention":
        return named | {"fusion.weight": model.fusion.weight, "fusion.bias": model.fusion.bias}
    named |= {"fusion.w1": model.w1.weight, "fusion.b1": model.w1.bias}
    return named | {"fusion.w2": model.w2.weight, "fusion.b2": model.w2.bias}


def read_folder(path):
    """(model, q [n, D], ids, (rows, weights) of neighbours or None) of a model folder with a catalogue. δ is part of q,
    so that `model.items()` is of no use."""
    path = Path(path)
    manifest = json.loads((path / "model.json").read_text())
    catalogue = load_file(path / "catalogue.safetensors")
    ids = json.loads((path / "catalogue.json").read_text())["ids"]
    rows = lambda name, scale: torch.from_numpy(catalogue[name].astype(np.float32) * catalogue[scale][:, None])  # noqa: E731
    model = InterestModel(manifest, rows("e", "e_scale"))
    model.scale.fill_(1)
    weights = load_file(path / "weights.safetensors")
    with torch.no_grad():
        for name, parameter in tensors_of(model, manifest).items():
            parameter.copy_(torch.from_numpy(weights[name]))
        if "bias" in catalogue:
            model.bias.copy_(torch.from_numpy(catalogue["bias"]))
    near = None
    if "nbr" in catalogue:
        near = catalogue["nbr"], catalogue["nbr_w"].astype(np.float32) * catalogue["nbr_scale"][:, None]
    return model, rows("q", "q_scale"), ids, near


def write_folder(path, model, manifest: dict, ids: list[str], whitening, neighbours=None) -> None:
    """Writes a folder that `homebody evaluate --model` takes. whitening: (mean [E_raw], matrix [E, E_raw]) or None;
    neighbours: (rows [n, 32], weights [n, 32]) or None."""
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().cpu().numpy() for name, value in tensors_of(model, manifest).items()}
    # Training's scale of the gate is folded in.
    scale = model.scale.cpu().numpy()
    weights |= {"gate.weight": weights["gate.weight"] * scale[:, None], "gate.bias": weights["gate.bias"] * scale}
    if whitening:
        weights |= {"whitening.mean": whitening[0], "whitening.matrix": whitening[1]}
    save_file({name: np.ascontiguousarray(value) for name, value in weights.items()}, path / "weights.safetensors")
    with torch.no_grad():
        q, q_scale = quantise(model.items().cpu().numpy())
    e, e_scale = quantise(model.e.cpu().numpy())
    catalogue = {"q": q, "q_scale": q_scale, "e": e, "e_scale": e_scale, "bias": model.bias.detach().cpu().numpy()}
    if neighbours:
        values, scale = quantise(neighbours[1])
        catalogue |= {"nbr": neighbours[0].astype(np.int32), "nbr_w": values, "nbr_scale": scale}
    save_file(catalogue, path / "catalogue.safetensors")
    about = {"format": 1, "model": manifest["id"], "embedder": manifest["embedder"]["id"], "ids": ids, "priceMedians": {}}
    (path / "catalogue.json").write_text(json.dumps(about, ensure_ascii=False) + "\n")
    names = ("weights.safetensors", "catalogue.safetensors", "catalogue.json")
    manifest = {**manifest, "files": {name: describe(path / name) for name in names}}
    (path / "model.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def describe(path: Path) -> dict:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
