"""Raw text embeddings as `embed.ts` writes them, and their half-whitening."""

import json

import numpy as np
from safetensors import safe_open


def read_text(path, ids: list[str]) -> np.ndarray:
    """[ids, E_raw] rows of `raw` by the ids that the file's metadata names."""
    with safe_open(path, "numpy") as file:
        raw = file.get_tensor("raw")
    with open(str(path).replace(".safetensors", ".json"), encoding="utf-8") as file:
        row_of = {name: row for row, name in enumerate(json.load(file)["ids"])}
    return raw[[row_of[name] for name in ids]]


def half_whitening(raw: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """mean [E_raw] and matrix `V^T / sqrt(S)` [size, E_raw] from the SVD of the catalogue's centred embeddings."""
    known = raw[(raw != 0).any(1)]
    mean = known.mean(0)
    _, s, vt = np.linalg.svd(known - mean, full_matrices=False)
    # A direction's sign is the solver's whim, but trained weights hang on it.
    vt *= np.sign(vt[np.arange(len(vt)), np.abs(vt).argmax(1)])[:, None]
    return mean, (vt / np.sqrt(s)[:, None])[:size]


def whiten(raw: np.ndarray, whitening: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """[n, E] unit-length whitened embeddings; zeros where there is no text."""
    mean, matrix = whitening
    e = (raw - mean) @ matrix.T
    e /= np.maximum(np.linalg.norm(e, axis=1, keepdims=True), 1e-12)
    return e * (raw != 0).any(1, keepdims=True)
