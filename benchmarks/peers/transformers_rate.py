"""Plain transformers among the engines: eager, fp32, batches sorted by length.

It is asked a line each on standard input and answers a line of JSON each on standard output, as
tickets.benchmarks.engine.EngineProcess does, which says what the questions are and what is answered.
Arguments: texts, threads, tickets a thread and round, model directory.

A process with one thread of torch's stands for each thread asked for: Python's own threads would
wait for each other.
"""

import json
import multiprocessing
import os
import pathlib
import sys
import time

import bundled_model

BATCHES = (8, 16, 32, 64, 128)
SAMPLE = 128


class Engine:
    """Of one process."""

    def __init__(self, directory):
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.tokenizer, self.model = bundled_model.load(directory)
        self.batch = BATCHES[0]

    def tokens(self, texts):
        # Longer texts are cut here, which the tokenizer would warn of.
        return [bundled_model.cut(ids) for ids in self.tokenizer(texts, verbose=False)["input_ids"]]

    def logits(self, rows):
        """The last row must be the longest."""
        width = len(rows[-1])
        ids = self.torch.tensor([row + [0] * (width - len(row)) for row in rows])
        mask = self.torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        with self.torch.inference_mode():
            return self.model(input_ids=ids, attention_mask=mask).logits

    def score(self, texts):
        """Tokens, tokens with padding, seconds of tokenising."""
        start = time.perf_counter()
        rows = sorted(self.tokens(texts), key=len)
        tokenising = time.perf_counter() - start
        padded = 0
        for i in range(0, len(rows), self.batch):
            together = rows[i : i + self.batch]
            padded += len(together) * len(together[-1])
            if len(self.logits(together)) != len(together):
                raise ValueError("Not all of a batch was answered")
        return sum(map(len, rows)), padded, tokenising

    def choose_batch(self, sample):
        """The size that it is quickest with."""
        shortest = dict.fromkeys(BATCHES, float("inf"))
        for _ in range(2):
            for self.batch in BATCHES:
                start = time.perf_counter()
                self.score(sample)
                shortest[self.batch] = min(shortest[self.batch], time.perf_counter() - start)
        self.batch = min(shortest, key=shortest.get)
        return self.batch

    def probabilities(self, text):
        return self.logits(self.tokens([text])).softmax(-1)[0].tolist()


def work(directory, connection):
    """A process that scores; ends with the one that asks it."""
    engine = Engine(directory)
    while True:
        try:
            question, argument = connection.recv()
        except EOFError:
            return
        if question == "batch":
            engine.batch = argument
            answer = None
        else:
            answer = getattr(engine, question)(argument)
        connection.send((answer, time.process_time(), pss_mib()))


def pss_mib():
    for line in pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Contestant:
    def __init__(self, texts, threads, per_thread, directory):
        lines = pathlib.Path(texts).read_text(encoding="utf-8").splitlines()
        self.texts = [json.loads(line)["text"] for line in lines]
        self.per_thread = per_thread
        context = multiprocessing.get_context("spawn")
        self.workers = []
        for _ in range(threads):
            ours, theirs = context.Pipe()
            context.Process(target=work, args=(directory, theirs), daemon=True).start()
            theirs.close()
            self.workers.append(ours)
        self.cpu = [0.0] * threads
        batch = self.ask(0, "choose_batch", self.texts[:SAMPLE])
        for worker in range(threads):
            self.ask(worker, "batch", batch)
        self.name = f"transformers eager fp32, batches of {batch}"

    def ask(self, worker, question, argument):
        self.workers[worker].send((question, argument))
        return self.answer(worker)[0]

    def answer(self, worker):
        """The answer, and CPU seconds since the last one."""
        answer, cpu, pss = self.workers[worker].recv()
        used, self.cpu[worker] = cpu - self.cpu[worker], cpu
        return answer, used, pss

    def who(self):
        return {"name": self.name, "precision": "", "digest": ""}

    def round(self, number):
        threads = len(self.workers)
        start = time.perf_counter()
        for worker, pipe in enumerate(self.workers):
            first = (number * threads + worker) * self.per_thread
            slice_ = [self.texts[(first + i) % len(self.texts)] for i in range(self.per_thread)]
            pipe.send(("score", slice_))
        answers = [self.answer(worker) for worker in range(threads)]
        seconds = time.perf_counter() - start
        tickets = threads * self.per_thread
        tokens, padded, tokenising = (sum(answer[0][i] for answer in answers) for i in range(3))
        return {
            "round": number,
            "engine": self.name,
            "tickets_per_second": tickets / seconds,
            "cpu_seconds_per1000": 1000 * sum(answer[1] for answer in answers) / tickets,
            "mean_tokens": tokens / tickets,
            "padding_share": 1 - tokens / padded,
            "tokenising_share": tokenising / (seconds * threads),
            "pss_mib": round(sum(answer[2] for answer in answers) + pss_mib(), 1),
        }

    def singles(self, count):
        millis = []
        for i in range(count):
            start = time.perf_counter()
            self.ask(0, "score", [self.texts[i % len(self.texts)]])
            millis.append(1000 * (time.perf_counter() - start))
        millis.sort()
        return {"p50": millis[(count - 1) // 2], "p99": millis[-(-99 * count // 100) - 1]}

    def judge(self, file):
        rows = map(json.loads, pathlib.Path(file).read_text(encoding="utf-8").splitlines())
        rows = [row for row in rows if row.get("split") == "validation"]
        answers = [self.ask(0, "probabilities", row["text"]) for row in rows]
        return {
            "labels": [row["label"] for row in rows],
            "chosen": [answer.index(max(answer)) for answer in answers],
            "probabilities": answers,
        }


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    # Libraries that greet on standard output would be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    texts, threads, per_thread, directory = sys.argv[1:]
    contestant = Contestant(texts, int(threads), int(per_thread), directory)
    print(json.dumps(contestant.who()), file=answers, flush=True)
    for line in sys.stdin:
        question, argument = line.rstrip("\n").split(" ", 1)
        if question == "judge":
            answer = contestant.judge(argument)
        elif question in ("round", "singles"):
            answer = getattr(contestant, question)(int(argument))
        else:
            raise ValueError(line)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
