"""Makes the checkpoints beside it: small random BERTs, each in one of the forms that people have theirs in, with the
tokens and logits that Hugging Face transformers (and PEFT) make of a few texts with what was saved.

    python make.py        torch, transformers and peft installed; overwrites the directories
"""

import json
import os
import pathlib
import shutil

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

HERE = pathlib.Path(__file__).parent

TEXTS = [
    "Сервер не отвечает, 300 человек не могут работать!",
    "Could you tell me how to change my signature? Thanks",
    "СРОЧНО: VPN упал. Ёлка, йод и Café!",
    "printer",
    "Прошу выдать доступ; I need it by Friday 😀",
]

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def vocabulary(cased: bool, accents: bool) -> list[str]:
    """Letters alone and inside of words, and some words whole."""
    letters = "abcdefghijklmnopqrstuvwxyzабвгдежзиклмнопрстуфхцчшщъыьэюя"
    letters += "éйё" if accents else ""
    letters += letters.upper() if cased else ""
    words = ["не", "could", "you", "to", "my", "me", "human", "работать", "доступ", "##ing", "##ов", "need", "it", "by"]
    words += ["Сервер", "Could", "VPN"] if cased else ["сервер", "vpn"]
    return SPECIALS + [*letters, *("##" + letter for letter in letters), *"0123456789.,:;!?", *words]


def write_vocabulary(directory: pathlib.Path, cased: bool, accents: bool) -> int:
    words = vocabulary(cased, accents)
    (directory / "vocab.txt").write_text("".join(word + "\n" for word in words), encoding="utf-8")
    return len(words)


def tokenizer_settings(directory: pathlib.Path, **settings) -> None:
    (directory / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def config(words: int, **changes) -> BertConfig:
    sizes = dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40, max_position_embeddings=64)
    # Far from zero, so that texts differ in their logits.
    return BertConfig(vocab_size=words, initializer_range=0.3, num_labels=3, **{**sizes, **changes})


def fill_randomly(model: torch.nn.Module) -> None:
    """The biases and norms too: nobody would notice one that is not read if it is nought."""
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            torch.nn.init.normal_(parameter, 1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.2)


def classifier(seed: int, wanted: BertConfig) -> BertForSequenceClassification:
    torch.manual_seed(seed)
    model = BertForSequenceClassification(wanted)
    fill_randomly(model)
    return model.eval()


def change_tensors(directory: pathlib.Path, change) -> None:
    file = directory / "model.safetensors"
    save_file(change(load_file(file)), file, {"format": "pt"})


def change_config(directory: pathlib.Path, change) -> None:
    file = directory / "config.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content, indent=2) + "\n")


def expect(directory: pathlib.Path, model: torch.nn.Module, tokenizer: BertTokenizer, logits_of=lambda output: output.logits) -> None:
    cases = []
    for text in TEXTS:
        ids = tokenizer(text)["input_ids"]
        assert len(ids) <= 64
        with torch.no_grad():
            logits = logits_of(model(torch.tensor([ids])))[0].tolist()
        cases.append({"text": text, "input_ids": ids, "logits": [round(logit, 6) for logit in logits]})
    lines = ",\n  ".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (directory / "expected.json").write_text('{"cases": [\n  ' + lines + "\n]}\n", encoding="utf-8")


def fresh(name: str) -> pathlib.Path:
    directory = HERE / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory


def reloaded(directory: pathlib.Path) -> BertForSequenceClassification:
    return BertForSequenceClassification.from_pretrained(directory, dtype=torch.float32).eval()


def tiny_uncased() -> None:
    """As prajjwal1/bert-tiny: neither model_type nor architectures, and of the tokenizer the vocabulary only."""
    directory = fresh("tiny-uncased")
    words = write_vocabulary(directory, cased=False, accents=False)
    classifier(1, config(words, hidden_size=16, num_attention_heads=2, intermediate_size=64)).save_pretrained(directory)
    model = reloaded(directory)
    keep = ["hidden_size", "hidden_act", "initializer_range", "vocab_size", "hidden_dropout_prob", "num_attention_heads"]
    keep += ["type_vocab_size", "max_position_embeddings", "num_hidden_layers", "intermediate_size"]
    keep += ["attention_probs_dropout_prob", "id2label", "label2id"]

    def strip(content: dict) -> None:
        for key in [key for key in content if key not in keep]:
            del content[key]

    change_config(directory, strip)
    expect(directory, model, BertTokenizer.from_pretrained(directory))


def rubert_cased() -> None:
    """As DeepPavlov/rubert-base-cased: vocab.txt with do_lower_case false, pooler settings of old; F16; gamma and beta."""
    directory = fresh("rubert-cased")
    words = write_vocabulary(directory, cased=True, accents=True)
    tokenizer_settings(directory, do_lower_case=False)
    model = classifier(2, config(words, hidden_size=26, num_attention_heads=2, hidden_act="gelu_new")).to(torch.float16)
    model.save_pretrained(directory)
    model = reloaded(directory)
    change_config(directory, lambda content: content.update(directionality="bidi", pooler_fc_size=26, output_past=True))
    change_tensors(
        directory,
        lambda tensors: {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
            for name, tensor in tensors.items()
        },
    )
    expect(directory, model, BertTokenizer.from_pretrained(directory))


def multilingual_sharded() -> None:
    """As a multilingual cased BERT saved in shards: an index, three files, BF16, tokenizer.json."""
    directory = fresh("multilingual-sharded")
    words = write_vocabulary(directory, cased=True, accents=True)
    tokenizer_settings(directory, do_lower_case=False)
    model = classifier(3, config(words, num_hidden_layers=3)).to(torch.bfloat16)
    model.save_pretrained(directory, max_shard_size="14KB")
    tokenizer = BertTokenizer.from_pretrained(directory)
    (directory / "vocab.txt").unlink()
    tokenizer.save_pretrained(directory)
    assert (directory / "model.safetensors.index.json").exists()
    expect(directory, reloaded(directory), tokenizer)


def without_token_types() -> None:
    """type_vocab_size 0 and no such tensor: what transformers computes with types that add nothing."""
    directory = fresh("without-token-types")
    words = write_vocabulary(directory, cased=False, accents=True)
    tokenizer_settings(directory, do_lower_case=True, strip_accents=False)
    model = classifier(4, config(words, hidden_act="relu"))
    model.bert.embeddings.token_type_embeddings.weight.data.zero_()
    model.to(torch.float16).save_pretrained(directory)
    model = reloaded(directory)
    change_config(directory, lambda content: content.update(type_vocab_size=0))
    change_tensors(
        directory, lambda tensors: {name: tensor for name, tensor in tensors.items() if "token_type" not in name}
    )
    expect(directory, model, BertTokenizer.from_pretrained(directory))


def one_token_type() -> None:
    """type_vocab_size 1, and names without `bert.` in front."""
    directory = fresh("one-token-type")
    words = write_vocabulary(directory, cased=False, accents=True)
    tokenizer_settings(directory, do_lower_case=True, strip_accents=False)
    classifier(5, config(words, type_vocab_size=1)).to(torch.float16).save_pretrained(directory)
    model = reloaded(directory)
    change_tensors(directory, lambda tensors: {name.removeprefix("bert."): tensor for name, tensor in tensors.items()})
    expect(directory, model, BertTokenizer.from_pretrained(directory))


def encoder_without_pooler() -> None:
    """A BertModel without pooler, to be fine-tuned. Its logits are those of the head that the test gives it: pooler and
    classifier are the identity (three rows of it)."""
    directory = fresh("encoder-without-pooler")
    words = write_vocabulary(directory, cased=False, accents=True)
    tokenizer_settings(directory, do_lower_case=True, strip_accents=False)
    torch.manual_seed(6)
    model = BertModel(config(words), add_pooling_layer=False)
    fill_randomly(model)
    model.to(torch.float16).save_pretrained(directory)
    model = BertModel.from_pretrained(directory, add_pooling_layer=False, dtype=torch.float32).eval()
    tokenizer = BertTokenizer.from_pretrained(directory)
    expect(directory, model, tokenizer, lambda output: output.last_hidden_state[:, 0].tanh()[:, :3])


def lora_base() -> pathlib.Path:
    """A BertModel with pooler: the base of the adapters. No expected.json: it gives no priorities."""
    directory = fresh("lora-base")
    words = write_vocabulary(directory, cased=False, accents=True)
    tokenizer_settings(directory, do_lower_case=True, strip_accents=False)
    torch.manual_seed(7)
    model = BertModel(config(words))
    fill_randomly(model)
    model.to(torch.float16).save_pretrained(directory)
    return directory


def adapter(name: str, seed: int, base: pathlib.Path, base_name: str, lora: LoraConfig, labels: int) -> None:
    directory = fresh(name)

    def of_base() -> BertForSequenceClassification:
        return BertForSequenceClassification.from_pretrained(base, num_labels=labels, dtype=torch.float32)

    torch.manual_seed(seed)
    model = get_peft_model(of_base(), lora)
    for parameter in model.parameters():
        # As after training; LoRA begins with a B of nought.
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, 0.0, 0.3)
    model.peft_config["default"].base_model_name_or_path = base_name
    model.save_pretrained(directory)
    (directory / "README.md").unlink(missing_ok=True)
    again = PeftModel.from_pretrained(of_base(), directory).eval()
    expect(directory, again, BertTokenizer.from_pretrained(base))


def main() -> None:
    tiny_uncased()
    rubert_cased()
    multilingual_sharded()
    without_token_types()
    one_token_type()
    encoder_without_pooler()
    base = lora_base()
    # Found by its path, seen from the adapter; ranks and alphas differ between layers.
    patterns = LoraConfig(
        task_type="SEQ_CLS", r=4, lora_alpha=8, target_modules=["query", "value"],
        rank_pattern={"layer.1.attention.self.query": 2}, alpha_pattern={"layer.1.attention.self.value": 3},
    )
    adapter("lora", 8, base, "../lora-base", patterns, 3)
    # Found beside it by the name that the hub knew it by; every linear layer, biases and the pooler are trained.
    everything = LoraConfig(
        task_type="SEQ_CLS", r=3, lora_alpha=4, use_rslora=True, target_modules="all-linear", exclude_modules=["pooler.dense"],
        bias="all", modules_to_save=["pooler"],
    )
    adapter("rslora", 9, base, "some-owner/lora-base", everything, 4)


if __name__ == "__main__":
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    main()
