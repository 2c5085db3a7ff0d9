"""The bundled model as transformers reads it, in fp32, and its window. What else lies here shares it."""

import json
import os
import pathlib

# A model directory is all that is needed; nothing is to be asked of a hub.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

HOME = pathlib.Path(__file__).resolve().parents[2]
DIRECTORY = HOME / "models" / "ticket-priority-ru-en"
EXPECTED = HOME / "scorer-stream" / "src" / "test" / "resources" / "model" / "expected.json"

WINDOW = 256
TAIL = 64


def load(directory=DIRECTORY, **options):
    """Tokenizer and model; options are those of from_pretrained."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    # The file is fp16, and transformers would compute in that; the reference outputs are fp32.
    model = AutoModelForSequenceClassification.from_pretrained(directory, dtype=torch.float32, **options)
    return AutoTokenizer.from_pretrained(directory), model.eval()


def cut(ids):
    """A text beyond the window is its first and its last tokens, as the product reads it."""
    return ids if len(ids) <= WINDOW else ids[: WINDOW - TAIL] + ids[-TAIL:]


def expected_cases():
    """Reference texts with their input_ids and logits in fp32."""
    return json.loads(EXPECTED.read_text(encoding="utf-8"))["cases"]
