"""The encoder with its masked-LM head: BERT, RoBERTa or ModernBERT, every tensor under its Hugging Face state-dict name."""
import math

import torch
import torch.nn.functional as F
from torch import nn

ACTIVATIONS = {
    "gelu": F.gelu,
    "gelu_new": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
    "silu": F.silu,
}


class MaskedLanguageModel(nn.Module):
    """Rows of token ids to logits at the masked positions. `config` is Maskwright's, `weights` are arrays by name."""

    def __init__(self, config, weights):
        super().__init__()
        self.config = config
        self.act = ACTIVATIONS[config["activation"]]
        for name, value in weights.items():
            *path, last = name.split(".")
            place = self
            for part in path:
                if part not in place._modules:
                    place.add_module(part, nn.Module())
                place = place._modules[part]
            place.register_parameter(last, nn.Parameter(torch.from_numpy(value.copy())))

    def forward(self, inputs, segments, positions, masked):
        """Logits [masked, vocabulary]; `inputs`, `segments` and `positions` are [rows, length], `masked` is flat."""
        weights = dict(self.named_parameters())
        encode = self._modern_bert if self.config["architecture"] == "modernbert" else self._bert
        hidden = encode(weights, inputs, positions, self._masks(segments))
        return self._head(weights, hidden.flatten(0, 1)[masked])

    def _masks(self, segments):
        """Who may see whom [rows, 1, length, length], in layers that see the whole row and in those with a window."""
        same = segments[:, None, :, None] == segments[:, None, None, :]
        places = torch.arange(segments.shape[1], device=segments.device)
        near = (places[:, None] - places[None, :]).abs() <= self.config["localAttention"] // 2
        return same, same & near

    def _bert(self, weights, ids, positions, masks):
        name, config = self.config["architecture"], self.config
        at = f"{name}.embeddings"
        x = F.embedding(ids, weights[f"{at}.word_embeddings.weight"])
        if config["positionEmbedding"] == "absolute":
            offset = config["paddingId"] + 1 if name == "roberta" else 0
            x = x + F.embedding(positions + offset, weights[f"{at}.position_embeddings.weight"])
        if config["typeVocabularySize"] > 0:
            x = x + weights[f"{at}.token_type_embeddings.weight"][0]
        x = self._norm(weights, f"{at}.LayerNorm", x)
        for layer in range(config["layers"]):
            at = f"{name}.encoder.layer.{layer}"
            q, k, v = (_linear(weights, f"{at}.attention.self.{part}", x) for part in ("query", "key", "value"))
            mixed = _linear(weights, f"{at}.attention.output.dense", self._attend(q, k, v, layer, masks))
            x = self._norm(weights, f"{at}.attention.output.LayerNorm", x + mixed)
            inner = self._expand(_linear(weights, f"{at}.intermediate.dense", x))
            x = self._norm(weights, f"{at}.output.LayerNorm", x + _linear(weights, f"{at}.output.dense", inner))
        return x

    def _modern_bert(self, weights, ids, positions, masks):
        x = F.embedding(ids, weights["model.embeddings.tok_embeddings.weight"])
        if self.config["positionEmbedding"] == "absolute":
            x = x + F.embedding(positions, weights["model.embeddings.position_embeddings.weight"])
        x = self._norm(weights, "model.embeddings.norm", x)
        for layer in range(self.config["layers"]):
            at = f"model.layers.{layer}"
            y = x if layer == 0 else self._norm(weights, f"{at}.attn_norm", x)
            q, k, v = _linear(weights, f"{at}.attn.Wqkv", y).chunk(3, -1)
            x = x + _linear(weights, f"{at}.attn.Wo", self._attend(q, k, v, layer, masks))
            inner = self._expand(_linear(weights, f"{at}.mlp.Wi", self._norm(weights, f"{at}.mlp_norm", x)))
            x = x + _linear(weights, f"{at}.mlp.Wo", inner)
        return self._norm(weights, "model.final_norm", x)

    def _attend(self, q, k, v, layer, masks):
        rows, length, hidden = q.shape
        is_global = layer % self.config["globalAttentionEveryNLayers"] == 0
        q, k, v = (x.view(rows, length, self.config["heads"], -1).transpose(1, 2) for x in (q, k, v))
        if self.config["positionEmbedding"] == "rope":
            theta = self.config["globalRopeTheta" if is_global else "localRopeTheta"]
            q, k = _rotate(q, theta), _rotate(k, theta)
        mask = masks[0] if is_global else masks[1]
        if hasattr(F, "scaled_dot_product_attention"):  # PyTorch 2
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
            mixed = scores.masked_fill(~mask, -30000.0).softmax(-1).to(v.dtype) @ v
        return mixed.transpose(1, 2).reshape(rows, length, hidden)

    def _expand(self, x):
        if self.config["feedForward"] == "mlp":
            return self.act(x)
        inner, gate = x.chunk(2, -1)
        return self.act(inner) * gate

    def _norm(self, weights, path, x):
        weight = weights[f"{path}.weight"]
        return F.layer_norm(x.float(), weight.shape, weight, weights.get(f"{path}.bias"), self.config["layerNormEps"])

    def _head(self, weights, x):
        name = self.config["architecture"]
        if name == "modernbert":
            path, norm, bias, decoder = "head", "head.norm", "decoder.bias", "decoder.weight"
            table = "model.embeddings.tok_embeddings.weight"
        elif name == "roberta":
            path, norm, bias, decoder = "lm_head", "lm_head.layer_norm", "lm_head.bias", "lm_head.decoder.weight"
            table = "roberta.embeddings.word_embeddings.weight"
        else:
            path, bias, decoder = "cls.predictions.transform", "cls.predictions.bias", "cls.predictions.decoder.weight"
            norm, table = f"{path}.LayerNorm", "bert.embeddings.word_embeddings.weight"
        act = F.gelu if name == "roberta" else self.act  # RoBERTa's head is GELU whatever the encoder has
        x = self._norm(weights, norm, act(_linear(weights, f"{path}.dense", x)))
        return F.linear(x, weights.get(decoder, weights[table]), weights[bias])  # tied where it has none of its own


def _linear(weights, path, x):
    return F.linear(x, weights[f"{path}.weight"], weights.get(f"{path}.bias"))


def _rotate(x, theta):
    """Rotary positions in the half-split layout: the angle of unit pair i at place p is p theta^(-2i/width)."""
    length, width = x.shape[-2:]
    rates = theta ** (torch.arange(width // 2, dtype=torch.float64) * -2 / width)
    angles = torch.arange(length, dtype=torch.float64)[:, None] * rates
    cos, sin = (table.to(x.device, torch.float32) for table in (angles.cos(), angles.sin()))
    u, v = x.float().chunk(2, -1)
    return torch.cat([u * cos - v * sin, v * cos + u * sin], -1).to(x.dtype)
