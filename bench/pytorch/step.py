"""Times PyTorch training steps of a ModernBERT masked-LM on the weights and the batch that bench/training.ts wrote.

Usage: step.py FOLDER DTYPE STEPS THREADS. Prints one JSON line: the loss of each step and the seconds of each.
DTYPE bfloat16 runs forward and backward under autocast with float32 weights.
"""
import json
import math
import sys
import time

import numpy
import torch
import torch.nn.functional as F

folder, dtype, steps, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
index = json.load(open(f"{folder}/index.json"))
blob = numpy.fromfile(f"{folder}/data.bin", dtype=numpy.uint8)


def load(name):
    entry = index["tensors"][name]
    kind = numpy.int32 if entry["dtype"] == "int32" else numpy.float32
    array = blob[entry["start"] : entry["end"]].view(kind).reshape(entry["shape"])
    return torch.from_numpy(array.copy())


config = index["config"]
layers, hidden, heads = config["layers"], config["hiddenSize"], config["heads"]
width = hidden // heads
weights = {name: torch.nn.Parameter(load(name)) for name in index["parameters"]}
ids, segments = load("inputIds").long(), load("segments")
masked, labels, token_weights = load("maskedPositions").long(), load("labels").long(), load("weights")
batch, length = ids.shape
bias = torch.where(segments[:, None, :, None] == segments[:, None, None, :], 0.0, -30000.0)
half = width // 2
angles = torch.arange(length)[:, None] * config["globalRopeTheta"] ** (-2 * torch.arange(half) / width)[None, :]
cos, sin = torch.cos(angles), torch.sin(angles)


def norm(x, name):
    return F.layer_norm(x.float(), (hidden,), weights[name], None, config["layerNormEps"])


def rotate(x):
    u, v = x.split(half, -1)
    return torch.cat([u * cos - v * sin, v * cos + u * sin], -1)


def forward():
    x = norm(F.embedding(ids, weights["model.embeddings.tok_embeddings.weight"]), "model.embeddings.norm.weight")
    for layer in range(layers):
        path = f"model.layers.{layer}"
        y = x if layer == 0 else norm(x, f"{path}.attn_norm.weight")
        qkv = F.linear(y, weights[f"{path}.attn.Wqkv.weight"]).view(batch, length, 3, heads, width)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        scores = rotate(q) @ rotate(k).transpose(-1, -2) / math.sqrt(width) + bias
        mixed = (scores.softmax(-1).to(v.dtype) @ v).transpose(1, 2).reshape(batch, length, hidden)
        x = x + F.linear(mixed, weights[f"{path}.attn.Wo.weight"])
        y = norm(x, f"{path}.mlp_norm.weight")
        inner, gate = F.linear(y, weights[f"{path}.mlp.Wi.weight"]).chunk(2, -1)
        x = x + F.linear(F.gelu(inner) * gate, weights[f"{path}.mlp.Wo.weight"])
    rows = norm(x, "model.final_norm.weight").reshape(batch * length, hidden)[masked]
    rows = norm(F.gelu(F.linear(rows, weights["head.dense.weight"])), "head.norm.weight")
    logits = F.linear(rows, weights["model.embeddings.tok_embeddings.weight"], weights["decoder.bias"])
    return (F.cross_entropy(logits.float(), labels, reduction="none") * token_weights).sum()


matrices = [p for p in weights.values() if p.dim() > 1]
vectors = [p for p in weights.values() if p.dim() == 1]
optimizer = torch.optim.AdamW(
    [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}],
    lr=1e-3, betas=(0.9, 0.98), eps=1e-8, foreach=True,
)
losses, seconds = [], []
for _ in range(steps):
    began = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == "bfloat16"):
        loss = forward()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
    optimizer.step()
    losses.append(loss.item())
    seconds.append(time.perf_counter() - began)
print(json.dumps({"losses": losses, "seconds": seconds}))
