"""Writes the bundled model in fp32 for ONNX Runtime: export_onnx.py FILE.onnx

Opset 17; inputs input_ids and attention_mask, int64 [batch, length]; output logits, float [batch, labels].
Ends with an error, and without the file, if it does not answer as the reference outputs do.
"""

import pathlib
import sys

import bundled_model

OPSET = 17
MOST_DIFFERENCE = 1e-3


def export(file):
    import torch

    _, model = bundled_model.load(attn_implementation="eager")

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            return self.model(input_ids=input_ids, attention_mask=attention_mask).logits

    # Neither 1 nor equal: a dimension of 1 would be taken for a constant.
    ids = torch.randint(5, 1000, (2, 16))
    names = {"input_ids": {0: "batch", 1: "length"}, "attention_mask": {0: "batch", 1: "length"}}
    with torch.no_grad():
        torch.onnx.export(
            Logits(),
            (ids, torch.ones_like(ids)),
            str(file),
            opset_version=OPSET,
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={**names, "logits": {0: "batch"}},
            dynamo=False,
        )


def largest_difference(file):
    """Of a logit from its reference, each text alone and all of them padded in one batch."""
    import numpy
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    cases = bundled_model.expected_cases()
    longest = max(len(case["input_ids"]) for case in cases)
    together = numpy.zeros((len(cases), longest), dtype=numpy.int64)
    mask = numpy.zeros_like(together)
    difference = 0.0
    for row, case in enumerate(cases):
        ids = numpy.array([case["input_ids"]], dtype=numpy.int64)
        together[row, : ids.shape[1]] = ids[0]
        mask[row, : ids.shape[1]] = 1
        alone = session.run(["logits"], {"input_ids": ids, "attention_mask": numpy.ones_like(ids)})[0]
        difference = max(difference, float(abs(alone[0] - numpy.array(case["logits"])).max()))
    padded = session.run(["logits"], {"input_ids": together, "attention_mask": mask})[0]
    reference = numpy.array([case["logits"] for case in cases])
    return max(difference, float(abs(padded - reference).max()))


def main():
    if len(sys.argv) != 2 or not sys.argv[1].endswith(".onnx"):
        sys.exit(__doc__)
    file = pathlib.Path(sys.argv[1])
    export(file)
    difference = largest_difference(file)
    if difference > MOST_DIFFERENCE:
        file.unlink()
        sys.exit(f"A logit differs from its reference by {difference:.6f}: nothing was written")
    print(f"{file}: {file.stat().st_size / 1e6:.0f} MB; no logit differs from its reference by more than {difference:.6f}")


if __name__ == "__main__":
    main()
