"""The graph that scores tickets: BERT for sequence classification, of any depth and width.

It holds no weights. Java hands them over as one list, in the order of `weights` below, so that one compiled file of
some 30 kB serves every checkpoint and no Python is needed to load one.

    forward   plain and differentiable, for training; the reference for `score`
    features  what `score` makes its logits from, for training a head on an encoder that stays as it is
    put, squares, adamw  what a step of learning needs, in place
    prepare   takes the weights once and packs them for the CPU's matrix units
    score     the same answer as `forward`, for serving: packed weights, bf16 or int8 products, last layer for [CLS] only
    score_unpadded  the same without a padded token, for a GPU
    observe   looks at what flows through the layers when real tickets are scored; for int8, between prepare and
    ranges    tells what observe has seen, and
    resume    takes that in again in place of observe: the next start need not look at tickets
    quantise  which goes over to int8 products

weights, a list:
    0 words [vocabulary, width]   1 positions [window, width]   2 token types [types, width]   3, 4 layer norm
    then 16 for each layer:  query, key, value, attention output (weight, bias each), layer norm (weight, bias),
                             intermediate, output (weight, bias each), layer norm (weight, bias)
    last 4: pooler (weight, bias), classifier (weight, bias)

settings, a tensor of floats: heads, epsilon of the layer norms, activation (0 gelu, 1 gelu by tanh, 2 relu), and for
`forward` only dropout (0 for none) and whether the layers' products are bf16 (1) or as the weights are (0).

A batch is ids [tickets, longest] (int32 or int64) and lengths [tickets]; what lies beyond a ticket's length is never
looked at. `score_unpadded` takes one ticket's tokens after another's instead. Only operators that libtorch 2.7 knows may be used: it runs what a newer PyTorch compiled.
"""

from typing import List

import torch
import torch.nn.functional as F
from torch import Tensor


def layer_count(weights: List[Tensor]) -> int:
    return (len(weights) - 5 - 4) // 16


def of_layer(weights: List[Tensor], layer: int) -> List[Tensor]:
    return weights[5 + layer * 16 : 5 + (layer + 1) * 16]


def product_input(x: Tensor, low: bool) -> Tensor:
    return x.to(torch.bfloat16) if low else x


def product(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Of the input's number format: the weights stay in theirs, so that small steps of training are not lost."""
    return F.linear(x, weight.to(x.dtype), bias.to(x.dtype))


class BertClassifier(torch.nn.Module):
    ready: bool
    packed: bool
    low: bool
    attends_low: bool
    heads: int
    epsilon: float
    activation: str
    algorithm: str
    levels: int
    eight: bool
    head: List[Tensor]
    layers: List[Tensor]
    wide: List[Tensor]
    least: List[Tensor]
    most: List[Tensor]
    bytes: List[Tensor]
    smooth: List[Tensor]
    scales: List[float]
    zeros: List[int]

    def __init__(self) -> None:
        super().__init__()
        self.ready = False
        self.packed = False
        self.low = False
        self.attends_low = False
        self.heads = 1
        self.epsilon = 1e-12
        self.activation = "gelu"
        self.algorithm = "none"
        # The largest activation in int8: 255, or 127 where the processor adds pairs of products in 16 bits; 0: no int8.
        self.levels = 0
        self.eight = False
        self.head = torch.jit.annotate(List[Tensor], [])
        self.layers = torch.jit.annotate(List[Tensor], [])
        # Only between prepare and quantise: each product's weight and bias, unpacked, and the range of its input, channel
        # by channel.
        self.wide = torch.jit.annotate(List[Tensor], [])
        self.least = torch.jit.annotate(List[Tensor], [])
        self.most = torch.jit.annotate(List[Tensor], [])
        # int8: weights (packed), their scales and zero points, and the bias of each product; then what its input is
        # multiplied by, channel by channel, its scale and its zero point.
        self.bytes = torch.jit.annotate(List[Tensor], [])
        self.smooth = torch.jit.annotate(List[Tensor], [])
        self.scales = torch.jit.annotate(List[float], [])
        self.zeros = torch.jit.annotate(List[int], [])

    # ---------------------------------------------------------------- plain

    def forward(self, ids: Tensor, lengths: Tensor, settings: Tensor, weights: List[Tensor]) -> Tensor:
        heads = int(settings[0].item())
        epsilon = float(settings[1].item())
        activation = int(settings[2].item())
        dropout = float(settings[3].item())
        low = bool(settings[4].item() != 0)
        tickets, longest = ids.size(0), ids.size(1)
        width = weights[0].size(1)
        shape = [tickets, longest, heads, width // heads]
        seen = (torch.arange(longest, device=ids.device)[None, :] < lengths[:, None])[:, None, None, :]

        x = F.embedding(ids, weights[0]) + weights[1][:longest] + weights[2][0]
        x = F.layer_norm(x, [width], weights[3], weights[4], epsilon)
        x = F.dropout(x, dropout, dropout > 0)
        for layer in range(layer_count(weights)):
            w = of_layer(weights, layer)
            y = product_input(x, low)
            q = product(y, w[0], w[1]).view(shape).transpose(1, 2)
            k = product(y, w[2], w[3]).view(shape).transpose(1, 2)
            v = product(y, w[4], w[5]).view(shape).transpose(1, 2)
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, dropout_p=dropout)
            a = product(a.transpose(1, 2).reshape(x.shape), w[6], w[7])
            x = F.layer_norm(x + F.dropout(a, dropout, dropout > 0), [width], w[8], w[9], epsilon)
            m = product(product_input(x, low), w[10], w[11])
            if activation == 0:
                m = F.gelu(m)
            elif activation == 1:
                m = F.gelu(m, approximate="tanh")
            else:
                m = F.relu(m)
            m = product(m, w[12], w[13])
            x = F.layer_norm(x + F.dropout(m, dropout, dropout > 0), [width], w[14], w[15], epsilon)
        w = weights[len(weights) - 4 :]
        pooled = torch.tanh(F.linear(x[:, 0], w[0], w[1]))
        return F.linear(F.dropout(pooled, dropout, dropout > 0), w[2], w[3])

    @torch.jit.export
    def put(self, into: Tensor, value: Tensor) -> Tensor:
        """Copies the value there."""
        into.copy_(value)
        return torch.zeros([1])

    @torch.jit.export
    def squares(self, gradient: Tensor) -> Tensor:
        """The sum of a gradient's squares, [1]."""
        return gradient.square().sum().reshape([1])

    @torch.jit.export
    def adamw(self, weight: Tensor, gradient: Tensor, mean: Tensor, variance: Tensor, how: Tensor) -> Tensor:
        """One step of AdamW (decoupled weight decay) in place; the gradient is zero afterwards.

        how: learning rate, decay, beta 1, beta 2, epsilon, number of this step from 1, factor of the gradient (clipping)
        """
        rate, decay = float(how[0].item()), float(how[1].item())
        beta1, beta2, epsilon = float(how[2].item()), float(how[3].item()), float(how[4].item())
        step, factor = float(how[5].item()), float(how[6].item())
        gradient.mul_(factor)
        mean.mul_(beta1).add_(gradient, alpha=1 - beta1)
        variance.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        width = (variance / (1 - beta2**step)).sqrt_().add_(epsilon)
        weight.mul_(1 - rate * decay)
        weight.addcdiv_(mean, width, value=-rate / (1 - beta1**step))
        gradient.zero_()
        return torch.zeros([1])

    # --------------------------------------------------------------- packed

    def pack(self, weight: Tensor) -> Tensor:
        """Packed for this CPU if that is asked for, and if the product with it is right: the layout that libtorch 2.7
        chooses is not the one it multiplies by, in fp32, on processors with AVX-512 that oneDNN does not know well (seen
        on a virtual AMD Zen 5), where the outputs are no multiple of 64, say those of a BERT of width 312."""
        weight = weight.to(torch.bfloat16 if self.low else torch.float32, copy=True).contiguous()
        if not self.packed:
            return weight
        packed = torch.ops.mkldnn._reorder_linear_weight(weight, None)
        # More rows than a kernel takes at a time, and no multiple of them.
        rows, width = 67, weight.size(1)
        x = torch.arange(rows * width, dtype=torch.float32).sin().view(rows, width).to(weight.dtype)
        none = torch.zeros([weight.size(0)], dtype=weight.dtype)
        y = torch.ops.mkldnn._linear_pointwise(x, packed, none, "none", [], "").to(torch.float32)
        plain = F.linear(x, weight).to(torch.float32)
        right = bool(((y - plain).abs().max() <= 0.05 * plain.abs().max()).item())
        return packed if right else weight

    def bias(self, bias: Tensor) -> Tensor:
        return bias.to(torch.bfloat16 if self.low else torch.float32, copy=True)

    @torch.jit.export
    def prepare(self, settings: Tensor, how: Tensor, weights: List[Tensor]) -> Tensor:
        """Takes the weights over (copies: the caller's may go). how: [pack for the CPU?, products in bf16?, levels,
        attention in bf16?].

        With levels (see there) observe and quantise are to follow."""
        self.heads = int(settings[0].item())
        self.epsilon = float(settings[1].item())
        activation = int(settings[2].item())
        self.activation = "relu" if activation == 2 else "gelu"
        self.algorithm = "tanh" if activation == 1 else "none"
        self.packed = bool(how[0].item() != 0)
        self.low = bool(how[1].item() != 0)
        self.levels = int(how[2].item())
        self.attends_low = bool(how[3].item() != 0)
        self.eight = False
        # The word table stays as the file has it (half the memory of fp32 in most): it is only looked up, never multiplied.
        head = [weights[0].clone(), weights[1].to(torch.float32) + weights[2][0].to(torch.float32)]
        head += [weights[3].to(torch.float32, copy=True), weights[4].to(torch.float32, copy=True)]
        last = len(weights) - 4
        head += [weights[i].to(torch.float32, copy=True) for i in range(last, last + 4)]
        layers = torch.jit.annotate(List[Tensor], [])
        wide = torch.jit.annotate(List[Tensor], [])
        count = layer_count(weights)
        for layer in range(count):
            w = of_layer(weights, layer)
            if self.levels > 0:
                # Weight and bias of each product of a full layer, and of the last one's keys and values.
                if layer < count - 1:
                    pairs = [torch.cat([w[0], w[2], w[4]]), torch.cat([w[1], w[3], w[5]]), w[6], w[7]]
                    pairs += [w[10], w[11], w[12], w[13]]
                else:
                    pairs = [torch.cat([w[2], w[4]]), torch.cat([w[3], w[5]])]
                wide += [tensor.to(torch.float32, copy=True) for tensor in pairs]
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
        self.wide = wide
        self.least = torch.jit.annotate(List[Tensor], [])
        self.most = torch.jit.annotate(List[Tensor], [])
        self.ready = True
        return torch.zeros([1])

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        if weight.is_mkldnn:
            return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
        return F.linear(x, weight, bias)

    def linear_activated(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        if weight.is_mkldnn:
            return torch.ops.mkldnn._linear_pointwise(x, weight, bias, self.activation, [], self.algorithm)
        y = F.linear(x, weight, bias)
        if self.activation == "relu":
            return F.relu(y)
        return F.gelu(y, approximate=self.algorithm)

    def narrow(self, x: Tensor) -> Tensor:
        return x.to(torch.bfloat16) if self.low else x

    def attention_format(self) -> int:
        return torch.bfloat16 if self.attends_low else torch.float32

    def for_attention(self, x: Tensor) -> Tensor:
        return x.to(self.attention_format())

    def close(self, x: Tensor, attended: Tensor, w: List[Tensor]) -> Tensor:
        """The rest of a layer after attention. The residual stream x is fp32 throughout; only products are bf16."""
        width = x.size(-1)
        x = F.layer_norm(x + self.linear(attended, w[2], w[3]), [width], w[4], w[5], self.epsilon)
        m = self.linear_activated(self.narrow(x), w[6], w[7])
        return F.layer_norm(x + self.linear(m, w[8], w[9]), [width], w[10], w[11], self.epsilon)

    # ----------------------------------------------------------------- int8

    def note(self, product: int, x: Tensor, seen: Tensor) -> None:
        """Widens the range known of a product's input by what these tickets have there."""
        rows = x[seen[:, 0, 0]]
        least, most = rows.amin(0), rows.amax(0)
        if product < len(self.least):
            least = torch.minimum(least, self.least[product])
            most = torch.maximum(most, self.most[product])
            self.least[product] = least
            self.most[product] = most
        else:
            self.least.append(least)
            self.most.append(most)

    @torch.jit.export
    def observe(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Scores tickets in fp32 and notes the range of each product's input. Any number of times."""
        assert self.ready and not self.eight and len(self.wide) > 0, "prepare for int8 comes first"
        tickets, longest = ids.size(0), ids.size(1)
        head, wide = self.head, self.wide
        width = head[0].size(1)
        size = width // self.heads
        seen = (torch.arange(longest)[None, :] < lengths[:, None])[:, None, None, :]
        x = F.embedding(ids, head[0]).to(torch.float32) + head[1][:longest]
        x = F.layer_norm(x, [width], head[2], head[3], self.epsilon)
        for layer in range(len(wide) // 8):
            w, norms = wide[layer * 8 : (layer + 1) * 8], self.layers[layer * 12 : (layer + 1) * 12]
            self.note(layer * 4, x, seen)
            qkv = F.linear(x, w[0], w[1]).view(tickets, longest, 3, self.heads, size)
            q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).reshape(x.shape)
            self.note(layer * 4 + 1, a, seen)
            x = F.layer_norm(x + F.linear(a, w[2], w[3]), [width], norms[4], norms[5], self.epsilon)
            self.note(layer * 4 + 2, x, seen)
            m = F.linear(x, w[4], w[5])
            m = F.relu(m) if self.activation == "relu" else F.gelu(m, approximate=self.algorithm)
            self.note(layer * 4 + 3, m, seen)
            x = F.layer_norm(x + F.linear(m, w[6], w[7]), [width], norms[10], norms[11], self.epsilon)
        self.note(len(wide) // 8 * 4, x, seen)
        return torch.zeros([1])

    @torch.jit.export
    def ranges(self) -> Tensor:
        """What observe has noted, for resume: least, then most, of each channel of each product's input, in one row."""
        assert len(self.least) * 2 == len(self.wide) and len(self.least) > 0, "observe comes first"
        return torch.cat(self.least + self.most)

    @torch.jit.export
    def resume(self, ranges: Tensor) -> Tensor:
        """In place of observe: the ranges of an earlier run with the same weights."""
        assert self.ready and not self.eight and len(self.wide) > 0, "prepare for int8 comes first"
        widths = [self.wide[i].size(1) for i in range(0, len(self.wide), 2)]
        assert ranges.dim() == 1 and ranges.size(0) == 2 * sum(widths), "ranges of another model"
        # Copies: the caller's may go.
        pieces = ranges.to(torch.float32, copy=True).split(widths + widths)
        self.least = [piece for piece in pieces[: len(widths)]]
        self.most = [piece for piece in pieces[len(widths) :]]
        return torch.zeros([1])

    @torch.jit.export
    def quantise(self) -> Tensor:
        """Goes over to int8 products, but for the last layer's [CLS] rows: they are few.

        A weight has a scale for each output, an input one for all. A few channels of an input are far wider than the
        rest: each is divided by sqrt(its width / that of its weights), and the weights are multiplied by it, so that
        neither side has to carry all of it (SmoothQuant). Not so the input of the second feed-forward product: it
        comes as int8 out of the first one.
        """
        assert len(self.least) * 2 == len(self.wide) and len(self.least) > 0, "observe comes first"
        bytes = torch.jit.annotate(List[Tensor], [])
        smooth = torch.jit.annotate(List[Tensor], [])
        scales = torch.jit.annotate(List[float], [])
        zeros = torch.jit.annotate(List[int], [])
        for product in range(len(self.least)):
            weight, bias = self.wide[product * 2], self.wide[product * 2 + 1]
            least, most = self.least[product], self.most[product]
            spread = torch.ones_like(most)
            if product % 4 < 3:
                spread = (torch.maximum(most, -least).clamp(min=1e-3) / weight.abs().amax(0).clamp(min=1e-5)).sqrt()
                spread = spread / spread.mean()
            low = min(float((least / spread).min().item()), 0.0)
            high = max(float((most / spread).max().item()), 0.0)
            scale = max((high - low) / self.levels, 1e-8)
            weight = weight * spread
            steps = weight.abs().amax(1).clamp(min=1e-8) / 127
            whole = (weight / steps[:, None]).round().clamp(-127, 127).to(torch.int8)
            bytes.append(torch.ops.onednn.qlinear_prepack(whole, None))
            bytes.append(steps)
            bytes.append(torch.zeros([weight.size(0)], dtype=torch.int64))
            bytes.append(bias)
            smooth.append(1 / spread)
            scales.append(scale)
            zeros.append(int(round(-low / scale)))
        # Of the full layers only the norms are needed any more.
        layers = torch.jit.annotate(List[Tensor], [])
        full = len(self.wide) // 8
        for i in range(len(self.layers)):
            norm = i % 12 == 4 or i % 12 == 5 or i % 12 >= 10
            layers.append(self.layers[i] if i >= full * 12 + 2 or norm else torch.zeros([1]))
        self.layers = layers
        self.bytes = bytes
        self.smooth = smooth
        self.scales = scales
        self.zeros = zeros
        self.wide = torch.jit.annotate(List[Tensor], [])
        self.least = torch.jit.annotate(List[Tensor], [])
        self.most = torch.jit.annotate(List[Tensor], [])
        self.eight = True
        return torch.zeros([1])

    def within(self, x: Tensor) -> Tensor:
        return x if self.levels == 255 else x.clamp_(max=self.levels)

    def whole(self, x: Tensor, product: int) -> Tensor:
        """The input of a product as uint8."""
        x = x * self.smooth[product]
        return self.within(torch.quantize_per_tensor(x, self.scales[product], self.zeros[product], torch.quint8).int_repr())

    def product8(self, x: Tensor, product: int, dtype: int) -> Tensor:
        w = self.bytes[product * 4 : product * 4 + 4]
        return torch.ops.onednn.qlinear_pointwise(
            x, self.scales[product], self.zeros[product], w[0], w[1], w[2], w[3], 1.0, 0, dtype, "none", [], ""
        )

    def layer8(self, layer: int, x: Tensor, seen: Tensor) -> Tensor:
        tickets, longest, width = x.size(0), x.size(1), x.size(2)
        norms = self.layers[layer * 12 : (layer + 1) * 12]
        first = layer * 4
        qkv = self.product8(self.whole(x, first), first, self.attention_format())
        q, k, v = qkv.view(tickets, longest, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).reshape(x.shape)
        a = self.product8(self.whole(a.to(torch.float32), first + 1), first + 1, torch.float32)
        x = F.layer_norm(x + a, [width], norms[4], norms[5], self.epsilon)
        w = self.bytes[first * 4 + 8 : first * 4 + 12]
        m = torch.ops.onednn.qlinear_pointwise(
            self.whole(x, first + 2), self.scales[first + 2], self.zeros[first + 2], w[0], w[1], w[2], w[3],
            self.scales[first + 3], self.zeros[first + 3], torch.uint8, self.activation, [], self.algorithm,
        )
        m = self.product8(self.within(m), first + 3, torch.float32)
        return F.layer_norm(x + m, [width], norms[10], norms[11], self.epsilon)

    # ---------------------------------------------------------------- score

    @torch.jit.export
    def score(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Logits [tickets, labels] in fp32."""
        head = self.head
        pooled = torch.tanh(F.linear(self.features(ids, lengths), head[4], head[5]))
        return F.linear(pooled, head[6], head[7])

    @torch.jit.export
    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """What the last layer makes of [CLS]: [tickets, width] in fp32."""
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
            if self.eight:
                x = self.layer8(layer, x, seen)
            else:
                w = layers[layer * 12 : (layer + 1) * 12]
                qkv = self.for_attention(self.linear(self.narrow(x), w[0], w[1])).view(tickets, longest, 3, self.heads, size)
                q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
                a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
                x = self.close(x, self.narrow(a.transpose(1, 2).reshape(tickets, longest, width)), w)

        w = layers[full * 12 :]
        if self.eight:
            kv = self.product8(self.whole(x, full * 4), full * 4, self.attention_format())
        else:
            kv = self.for_attention(self.linear(self.narrow(x), w[0], w[1]))
        kv = kv.view(tickets, longest, 2, self.heads, size)
        k, v = kv.permute(2, 0, 3, 1, 4).unbind(0)
        x = x[:, 0].contiguous()
        q = self.for_attention(self.linear(self.narrow(x), w[12], w[13])).view(tickets, 1, self.heads, size).transpose(1, 2)
        a = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return self.close(x, self.narrow(a.transpose(1, 2).reshape(tickets, width)), w)

    # ------------------------------------------------------------- unpadded

    def attend(
        self, q: Tensor, k: Tensor, v: Tensor, starts_q: Tensor, starts_k: Tensor, longest_q: int, longest_k: int
    ) -> Tensor:
        """Attention of each ticket's tokens to its own: [rows of q, heads, size]. Row starts_q[i] is ticket i's first."""
        if q.is_cuda:
            # Not flash attention: this one runs on GPUs from before Ampere too, and at these lengths is as quick.
            a, _, _, _, _, _ = torch.ops.aten._efficient_attention_forward(
                q[None], k[None], v[None], None, starts_q, starts_k, longest_q, longest_k, 0.0, 0
            )
            return a[0]
        # Without a GPU, which is for tests: ticket by ticket.
        answers = torch.jit.annotate(List[Tensor], [])
        for ticket in range(starts_q.size(0) - 1):
            of_q = q[int(starts_q[ticket]) : int(starts_q[ticket + 1])].transpose(0, 1)
            of_k = k[int(starts_k[ticket]) : int(starts_k[ticket + 1])].transpose(0, 1)
            of_v = v[int(starts_k[ticket]) : int(starts_k[ticket + 1])].transpose(0, 1)
            answers.append(F.scaled_dot_product_attention(of_q[None], of_k[None], of_v[None])[0].transpose(0, 1))
        return torch.cat(answers)

    @torch.jit.export
    def score_unpadded(self, tokens: Tensor, starts: Tensor) -> Tensor:
        """Logits [tickets, labels] in fp32.

        tokens, int32 [2, all]: the ids of all tickets one after another, and under each its position in its ticket.
        starts, int32 [tickets + 1]: where each ticket begins; the last is how many tokens there are.
        Both in ordinary memory: they are copied to where the weights are, without a wait for what runs there.
        """
        assert self.ready and not self.packed and not self.eight, "prepare for plain products comes first"
        head, layers = self.head, self.layers
        width = head[0].size(1)
        size = width // self.heads
        tickets = starts.size(0) - 1
        longest = int((starts[1:] - starts[:-1]).max().item())
        one_each = torch.arange(tickets + 1, dtype=torch.int32)
        if head[0].is_cuda:
            tokens = tokens.pin_memory().to(head[0].device, non_blocking=True)
            # In one copy.
            both = torch.cat([starts, one_each]).pin_memory().to(head[0].device, non_blocking=True)
            starts, one_each = both[: tickets + 1], both[tickets + 1 :]

        x = F.embedding(tokens[0], head[0]).to(torch.float32) + F.embedding(tokens[1], head[1])
        x = F.layer_norm(x, [width], head[2], head[3], self.epsilon)
        full = len(layers) // 12 - 1
        for layer in range(full):
            w = layers[layer * 12 : (layer + 1) * 12]
            q, k, v = self.linear(self.narrow(x), w[0], w[1]).view(-1, 3, self.heads, size).unbind(1)
            a = self.attend(q, k, v, starts, starts, longest, longest)
            x = self.close(x, a.reshape(-1, width), w)

        w = layers[full * 12 :]
        k, v = self.linear(self.narrow(x), w[0], w[1]).view(-1, 2, self.heads, size).unbind(1)
        x = x.index_select(0, starts[:-1])
        q = self.linear(self.narrow(x), w[12], w[13]).view(-1, self.heads, size)
        a = self.attend(q, k, v, one_each, starts, 1, longest)
        x = self.close(x, a.reshape(tickets, width), w)
        pooled = torch.tanh(F.linear(x, head[4], head[5]))
        return F.linear(pooled, head[6], head[7])
