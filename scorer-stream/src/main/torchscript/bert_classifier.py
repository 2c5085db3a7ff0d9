"""The graph that scores tickets: BERT for sequence classification, of any depth and width.

It holds no weights. Java hands them over as one list, in the order of `weights` below, so that one compiled file of
some 20 kB serves every checkpoint and no Python is needed to load one.

    forward   plain and differentiable, for training; the reference for `score`
    prepare   takes the weights once and packs them for the CPU's matrix units
    score     the same answer as `forward`, for serving: packed weights, bf16 products, last layer for [CLS] only

weights, a list:
    0 words [vocabulary, width]   1 positions [window, width]   2 token types [types, width]   3, 4 layer norm
    then 16 for each layer:  query, key, value, attention output (weight, bias each), layer norm (weight, bias),
                             intermediate, output (weight, bias each), layer norm (weight, bias)
    last 4: pooler (weight, bias), classifier (weight, bias)

settings, a tensor of floats: heads, epsilon of the layer norms, activation (0 gelu, 1 gelu by tanh, 2 relu), dropout
(`forward` only, 0 for none).

A batch is ids [tickets, longest] (int32 or int64) and lengths [tickets]; what lies beyond a ticket's length is never
looked at. Only operators that libtorch 2.7 knows may be used: it runs what a newer PyTorch compiled.
"""

from typing import List

import torch
import torch.nn.functional as F
from torch import Tensor


def layer_count(weights: List[Tensor]) -> int:
    return (len(weights) - 5 - 4) // 16


def of_layer(weights: List[Tensor], layer: int) -> List[Tensor]:
    return weights[5 + layer * 16 : 5 + (layer + 1) * 16]


class BertClassifier(torch.nn.Module):
    ready: bool
    packed: bool
    low: bool
    heads: int
    epsilon: float
    activation: str
    algorithm: str
    head: List[Tensor]
    layers: List[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.ready = False
        self.packed = False
        self.low = False
        self.heads = 1
        self.epsilon = 1e-12
        self.activation = "gelu"
        self.algorithm = "none"
        self.head = torch.jit.annotate(List[Tensor], [])
        self.layers = torch.jit.annotate(List[Tensor], [])

    # ---------------------------------------------------------------- plain

    def forward(self, ids: Tensor, lengths: Tensor, settings: Tensor, weights: List[Tensor]) -> Tensor:
        heads = int(settings[0].item())
        epsilon = float(settings[1].item())
        activation = int(settings[2].item())
        dropout = float(settings[3].item())
        tickets, longest = ids.size(0), ids.size(1)
        width = weights[0].size(1)
        shape = [tickets, longest, heads, width // heads]
        seen = (torch.arange(longest, device=ids.device)[None, :] < lengths[:, None])[:, None, None, :]

        x = F.embedding(ids, weights[0]) + weights[1][:longest] + weights[2][0]
        x = F.layer_norm(x, [width], weights[3], weights[4], epsilon)
        x = F.dropout(x, dropout, dropout > 0)
        for layer in range(layer_count(weights)):
            w = of_layer(weights, layer)
            q = F.linear(x, w[0], w[1]).view(shape).transpose(1, 2)
            k = F.linear(x, w[2], w[3]).view(shape).transpose(1, 2)
            v = F.linear(x, w[4], w[5]).view(shape).transpose(1, 2)
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, dropout_p=dropout)
            a = F.linear(a.transpose(1, 2).reshape(x.shape), w[6], w[7])
            x = F.layer_norm(x + F.dropout(a, dropout, dropout > 0), [width], w[8], w[9], epsilon)
            m = F.linear(x, w[10], w[11])
            if activation == 0:
                m = F.gelu(m)
            elif activation == 1:
                m = F.gelu(m, approximate="tanh")
            else:
                m = F.relu(m)
            m = F.linear(m, w[12], w[13])
            x = F.layer_norm(x + F.dropout(m, dropout, dropout > 0), [width], w[14], w[15], epsilon)
        w = weights[len(weights) - 4 :]
        pooled = torch.tanh(F.linear(x[:, 0], w[0], w[1]))
        return F.linear(F.dropout(pooled, dropout, dropout > 0), w[2], w[3])

    # --------------------------------------------------------------- packed

    def pack(self, weight: Tensor) -> Tensor:
        weight = weight.to(torch.bfloat16 if self.low else torch.float32, copy=True).contiguous()
        return torch.ops.mkldnn._reorder_linear_weight(weight, None) if self.packed else weight

    def bias(self, bias: Tensor) -> Tensor:
        return bias.to(torch.bfloat16 if self.low else torch.float32, copy=True)

    @torch.jit.export
    def prepare(self, settings: Tensor, how: Tensor, weights: List[Tensor]) -> Tensor:
        """Takes the weights over (copies: the caller's may go). how: [pack for the CPU?, products in bf16?]."""
        self.heads = int(settings[0].item())
        self.epsilon = float(settings[1].item())
        activation = int(settings[2].item())
        self.activation = "relu" if activation == 2 else "gelu"
        self.algorithm = "tanh" if activation == 1 else "none"
        self.packed = bool(how[0].item() != 0)
        self.low = bool(how[1].item() != 0)
        # The word table stays as the file has it (half the memory of fp32 in most): it is only looked up, never multiplied.
        head = [weights[0].clone(), weights[1].to(torch.float32) + weights[2][0].to(torch.float32)]
        head += [weights[3].to(torch.float32, copy=True), weights[4].to(torch.float32, copy=True)]
        last = len(weights) - 4
        head += [weights[i].to(torch.float32, copy=True) for i in range(last, last + 4)]
        layers = torch.jit.annotate(List[Tensor], [])
        count = layer_count(weights)
        for layer in range(count):
            w = of_layer(weights, layer)
            if layer < count - 1:
                # One product for query, key and value.
                layers += [self.pack(torch.cat([w[0], w[2], w[4]])), self.bias(torch.cat([w[1], w[3], w[5]]))]
            else:
                # The last layer's queries are worked out for [CLS] only: nothing else is read from it.
                layers += [self.pack(torch.cat([w[2], w[4]])), self.bias(torch.cat([w[3], w[5]]))]
            layers += [self.pack(w[6]), self.bias(w[7])]
            layers += [w[8].to(torch.float32, copy=True), w[9].to(torch.float32, copy=True)]
            layers += [self.pack(w[10]), self.bias(w[11]), self.pack(w[12]), self.bias(w[13])]
            layers += [w[14].to(torch.float32, copy=True), w[15].to(torch.float32, copy=True)]
            if layer == count - 1:
                layers += [self.pack(w[0]), self.bias(w[1])]
        self.head = head
        self.layers = layers
        self.ready = True
        return torch.zeros([1])

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        if self.packed:
            return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
        return F.linear(x, weight, bias)

    def linear_activated(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        if self.packed:
            return torch.ops.mkldnn._linear_pointwise(x, weight, bias, self.activation, [], self.algorithm)
        y = F.linear(x, weight, bias)
        if self.activation == "relu":
            return F.relu(y)
        return F.gelu(y, approximate=self.algorithm)

    def narrow(self, x: Tensor) -> Tensor:
        return x.to(torch.bfloat16) if self.low else x

    def close(self, x: Tensor, attended: Tensor, w: List[Tensor]) -> Tensor:
        """The rest of a layer after attention. The residual stream x is fp32 throughout; only products are bf16."""
        width = x.size(-1)
        x = F.layer_norm(x + self.linear(attended, w[2], w[3]), [width], w[4], w[5], self.epsilon)
        m = self.linear_activated(self.narrow(x), w[6], w[7])
        return F.layer_norm(x + self.linear(m, w[8], w[9]), [width], w[10], w[11], self.epsilon)

    @torch.jit.export
    def score(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Logits [tickets, labels] in fp32."""
        assert self.ready, "prepare comes first"
        tickets, longest = ids.size(0), ids.size(1)
        head, layers = self.head, self.layers
        width = head[0].size(1)
        size = width // self.heads
        seen = (torch.arange(longest, device=ids.device)[None, :] < lengths[:, None])[:, None, None, :]

        x = F.embedding(ids, head[0]).to(torch.float32) + head[1][:longest]
        x = F.layer_norm(x, [width], head[2], head[3], self.epsilon)
        full = len(layers) // 12 - 1
        for layer in range(full):
            w = layers[layer * 12 : (layer + 1) * 12]
            qkv = self.linear(self.narrow(x), w[0], w[1]).view(tickets, longest, 3, self.heads, size)
            q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
            x = self.close(x, a.transpose(1, 2).reshape(tickets, longest, width), w)

        w = layers[full * 12 :]
        kv = self.linear(self.narrow(x), w[0], w[1]).view(tickets, longest, 2, self.heads, size)
        k, v = kv.permute(2, 0, 3, 1, 4).unbind(0)
        x = x[:, 0].contiguous()
        q = self.linear(self.narrow(x), w[12], w[13]).view(tickets, 1, self.heads, size).transpose(1, 2)
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        x = self.close(x, a.transpose(1, 2).reshape(tickets, width), w)
        pooled = torch.tanh(F.linear(x, head[4], head[5]))
        return F.linear(pooled, head[6], head[7])
