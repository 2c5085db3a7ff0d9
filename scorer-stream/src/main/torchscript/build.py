"""Compiles bert_classifier.py to the resource that the scorer loads, and checks it on a small random model."""

import io
import pathlib
import zipfile

import torch
import torch.nn.functional as F

from bert_classifier import BertClassifier

TARGET = pathlib.Path(__file__).parent.parent / "resources/tickets/scorer/model/bert-classifier.pt"


def random_weights(width: int, inner: int, layers: int, labels: int, vocabulary: int) -> list[torch.Tensor]:
    def pair(rows: int, columns: int) -> list[torch.Tensor]:
        return [torch.randn(rows, columns) / columns**0.5, torch.randn(rows) * 0.1]

    def norm() -> list[torch.Tensor]:
        return [1 + 0.1 * torch.randn(width), 0.1 * torch.randn(width)]

    weights = [torch.randn(vocabulary, width), torch.randn(64, width), torch.randn(2, width), *norm()]
    for _ in range(layers):
        for _ in range(4):
            weights += pair(width, width)
        weights += norm() + pair(inner, width) + pair(width, inner) + norm()
    return weights + pair(width, width) + pair(labels, width)


def unpadded(ids: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    rows = [torch.stack([row[:length], torch.arange(int(length), dtype=torch.int32)]) for row, length in zip(ids, lengths)]
    starts = torch.cat([torch.zeros(1, dtype=torch.int32), lengths.cumsum(0, dtype=torch.int32)])
    return torch.cat(rows, 1), starts


def check(graph: torch.jit.ScriptModule) -> None:
    torch.manual_seed(1)
    ids = torch.randint(0, 100, (5, 20), dtype=torch.int32)
    lengths = torch.tensor([20, 7, 2, 13, 20], dtype=torch.int32)
    for layers in (1, 3):
        for activation in (0, 1, 2):
            weights = random_weights(width=64, inner=96, layers=layers, labels=3, vocabulary=100)
            settings = torch.tensor([4, 1e-12, activation, 0.0, 0.0])
            plain = graph.forward(ids, lengths, settings, weights)
            for packed in (1.0, 0.0):
                graph.prepare(settings, torch.tensor([packed, 0.0, 0.0, 0.0]), weights)
                torch.testing.assert_close(graph.score(ids, lengths), plain, atol=1e-4, rtol=1e-4)
                alone = graph.score(ids[1:2, :7], lengths[1:2])
                torch.testing.assert_close(alone, plain[1:2], atol=1e-4, rtol=1e-4)
            torch.testing.assert_close(graph.score_unpadded(*unpadded(ids, lengths)), plain, atol=1e-4, rtol=1e-4)
            for attention in (0.0, 1.0):
                graph.prepare(settings, torch.tensor([0.0, 1.0, 0.0, attention]), weights)
                torch.testing.assert_close(graph.score(ids, lengths), plain, atol=0.1, rtol=0.1)
            torch.testing.assert_close(graph.score_unpadded(*unpadded(ids, lengths)), plain, atol=0.1, rtol=0.1)
            for low, attention, levels in ((0.0, 0.0, 127.0), (0.0, 0.0, 255.0), (1.0, 0.0, 255.0), (1.0, 1.0, 255.0)):
                how = torch.tensor([1.0, low, levels, attention])
                graph.prepare(settings, how, weights)
                graph.observe(ids[:3], lengths[:3])
                graph.observe(ids[3:], lengths[3:])
                ranges = graph.ranges()
                graph.quantise()
                eight = graph.score(ids, lengths)
                torch.testing.assert_close(eight, plain, atol=0.2, rtol=0.2)
                alone = graph.score(ids[1:2, :7], lengths[1:2])
                torch.testing.assert_close(alone, eight[1:2], atol=0.02, rtol=0.02)
                graph.prepare(settings, how, weights)
                graph.resume(ranges)
                graph.quantise()
                assert torch.equal(graph.score(ids, lengths), eight)
    for w in weights:
        w.requires_grad_(True)
    labels = torch.tensor([0, 1, 2, 0, 1])
    low = torch.tensor([4, 1e-12, 2, 0.0, 1.0])
    torch.testing.assert_close(graph.forward(ids, lengths, low, weights), plain, atol=0.1, rtol=0.1)
    F.cross_entropy(graph.forward(ids, lengths, low, weights), labels).backward()
    rough = [w.grad.clone() for w in weights]
    for w in weights:
        w.grad = None
    F.cross_entropy(graph.forward(ids, lengths, settings, weights), labels).backward()
    assert all(w.grad is not None and w.grad.isfinite().all() for w in weights)
    exact = torch.cat([w.grad.flatten() for w in weights])
    assert F.cosine_similarity(exact, torch.cat([g.flatten() for g in rough]), 0) > 0.97
    check_optimiser(graph, weights)


def check_optimiser(graph: torch.jit.ScriptModule, weights: list[torch.Tensor]) -> None:
    """Against PyTorch's own, with the gradients that the weights have."""
    ours = [w.detach().clone() for w in weights]
    means, variances = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    theirs = torch.optim.AdamW(weights, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1)
    gradients = [w.grad.clone() for w in weights]
    for step in (1, 2, 3):
        for w, gradient in zip(weights, gradients):
            w.grad = gradient * step
        total = float(sum(graph.squares(w.grad) for w in weights)) ** 0.5
        for w, gradient, mean, variance in zip(ours, gradients, means, variances):
            given = gradient * step
            graph.adamw(w, given, mean, variance, torch.tensor([0.01, 0.1, 0.9, 0.999, 1e-8, step, 0.5 / total]))
            assert not given.any()
        torch.nn.utils.clip_grad_norm_(weights, 0.5)
        theirs.step()
    for mine, other in zip(ours, weights):
        torch.testing.assert_close(mine, other.detach(), atol=1e-5, rtol=1e-4)


def without_debug_records(saved: bytes) -> bytes:
    """They hold the source again, with the paths of the machine that built it, and would differ from one to the next."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in source.namelist():
            if not name.endswith(".debug_pkl"):
                kept.writestr(zipfile.ZipInfo(name), source.read(name))
    return target.getvalue()


if __name__ == "__main__":
    saved = io.BytesIO()
    torch.jit.save(torch.jit.script(BertClassifier()), saved)
    graph = without_debug_records(saved.getvalue())
    check(torch.jit.load(io.BytesIO(graph)))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(graph)
    print(f"{TARGET.name}: {len(graph)} bytes, compiled by PyTorch {torch.__version__}")
