"""Writes expected.json: rows and what scikit-learn and scipy make of them. Run it here; versions are in the file."""
import json
import numpy, scipy, sklearn
from scipy.optimize import minimize, minimize_scalar
from sklearn import metrics

random = numpy.random.default_rng(5)
n, labels = 240, 4
truth = random.choice(labels, n, p=[0.4, 0.3, 0.2, 0.1])
# Too sure, as trained models are, and one label said too seldom.
logits = random.normal(0, 2.0, (n, labels))
logits[numpy.arange(n), truth] += 3.0
logits = (logits * 1.8 + [0.0, 0.0, 0.0, -1.5]).astype(numpy.float32).round(3)


def softmax(z):
    e = numpy.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


z = logits.astype(float)
p = softmax(z)
chosen = p.argmax(axis=1)
one_hot = numpy.eye(labels)[truth]
precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, chosen, zero_division=0)


def ece(p, bins=15):
    confidence, right = p.max(axis=1), p.argmax(axis=1) == truth
    edges = numpy.linspace(0, 1, bins + 1)
    return sum(
        abs(confidence[inside].mean() - right[inside].mean()) * inside.mean()
        for low, high in zip(edges, edges[1:])
        if (inside := (confidence > low) & (confidence <= high)).any()
    )


def loss(z):
    return metrics.log_loss(truth, softmax(z), labels=range(labels))


temperature = minimize_scalar(lambda t: loss(z / t), bounds=(0.2, 10), method="bounded", options={"xatol": 1e-9}).x


def vector_loss(numbers):
    scale, bias = numbers[:labels], numbers[labels:]
    prior = ((scale - 1) ** 2).sum() / 2 + (bias**2).sum() / 2
    return n * loss((z * scale + bias) / temperature) + prior


vector = minimize(vector_loss, numpy.r_[numpy.ones(labels), numpy.zeros(labels)], method="BFGS", options={"gtol": 1e-6}).x
expected = {
    "made_with": {"numpy": numpy.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
    "truth": truth.tolist(),
    "logits": [[float(f"{x:.3f}") for x in row] for row in logits],
    "accuracy": metrics.accuracy_score(truth, chosen),
    "macro_f1": metrics.f1_score(truth, chosen, average="macro"),
    "precision": precision.tolist(),
    "recall": recall.tolist(),
    "f1": f1.tolist(),
    "support": support.tolist(),
    "mean_absolute_error": metrics.mean_absolute_error(truth, chosen),
    "quadratic_kappa": metrics.cohen_kappa_score(truth, chosen, weights="quadratic"),
    "roc_auc": [metrics.roc_auc_score(truth == k, p[:, k]) for k in range(labels)],
    "average_precision": [metrics.average_precision_score(truth == k, p[:, k]) for k in range(labels)],
    "negative_log_likelihood": loss(z),
    "brier": float(((p - one_hot) ** 2).sum(axis=1).mean()),
    "ece": ece(p),
    "temperature": temperature,
    "negative_log_likelihood_with_temperature": loss(z / temperature),
    "scale": vector[:labels].tolist(),
    "bias": vector[labels:].tolist(),
}
with open("expected.json", "w") as file:
    json.dump(expected, file)
    file.write("\n")
